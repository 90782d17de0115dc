//! Follows a log: new lines as they become durable, until the task has finished.

use std::time::Duration;

use futures::Stream;
use model::task_log::{DEFAULT_LINES, LogPlace, LogWindow, MAX_LINES};
use store::task_logs::LogReader;
use uuid::Uuid;

use crate::{Caller, Result, Services, task_logs};

/// How often the log is looked at. Any process may have taken the chunk, so the database is asked.
const PAUSE: Duration = Duration::from_millis(400);

struct Follower {
    reader: LogReader,
    /// The next line to send.
    next: u64,
    has_sent: bool,
    has_ended: bool,
}

/// Windows of new lines, beginning at `from` or, without it, behind what there is. A last line
/// without line feed is sent again when it grows. A reader that is left far behind gets the
/// end, with the number of its first line. The last window says how the task ended.
pub async fn follow(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    from: Option<u64>,
) -> Result<impl Stream<Item = Result<LogWindow>> + Send + use<>> {
    let reader = task_logs::open(services, caller, task).await?;
    let next = from.unwrap_or_else(|| reader.shape().lines() + 1).max(1);
    let follower = Follower {
        reader,
        next,
        has_sent: false,
        has_ended: false,
    };
    Ok(futures::stream::try_unfold(
        follower,
        async |mut follower: Follower| Ok(follower.turn().await?.map(|window| (window, follower))),
    ))
}

impl Follower {
    async fn turn(&mut self) -> Result<Option<LogWindow>> {
        if self.has_ended {
            return Ok(None);
        }
        // What is there already is sent at once.
        while self.has_sent && self.next > self.reader.shape().lines() {
            let seen = self.reader.shape().clone();
            self.reader.refresh().await?;
            if *self.reader.shape() != seen {
                self.back_up(seen.open_end, seen.lines());
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let behind = self.reader.shape().lines().saturating_sub(self.next);
        let window = if behind > u64::from(MAX_LINES) {
            self.reader
                .window(LogPlace::End, DEFAULT_LINES as usize)
                .await?
        } else {
            self.reader
                .window(LogPlace::From(self.next), MAX_LINES as usize)
                .await?
        };
        self.has_sent = true;
        self.next = window.last().map_or(self.next, |last| last + 1);
        let shape = self.reader.shape();
        self.has_ended = shape.state.is_finished() && self.next > shape.lines();
        Ok(Some(window))
    }

    /// A last line that was sent without its line feed has grown, or has got it.
    fn back_up(&mut self, was_open: bool, lines: u64) {
        if was_open && self.next == lines + 1 {
            self.next = lines.max(1);
        }
    }
}
