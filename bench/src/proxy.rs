//! A proxy between the server and its object store that counts: reads, and bytes that go to the
//! server. It passes every byte on as it is, so signatures hold.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// What passed since the last reset.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Request lines and ranges of what reads.
    reads: Mutex<Vec<String>>,
    /// Bytes towards the server, heads included.
    bytes: AtomicU64,
}

impl Counts {
    pub(crate) fn reset(&self) {
        self.reads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.bytes.store(0, Ordering::SeqCst);
    }

    pub(crate) fn reads(&self) -> Vec<String> {
        self.reads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    fn note(&self, request: &str) {
        let mut lines = request.split("\r\n");
        let line = lines.next().unwrap_or_default();
        if !line.starts_with("GET ") && !line.starts_with("HEAD ") {
            return;
        }
        let range = lines.find(|line| line.to_ascii_lowercase().starts_with("range:"));
        let noted = format!("{line} {}", range.unwrap_or_default());
        self.reads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(noted);
    }
}

/// Listens on a free port for as long as the process lives.
pub(crate) fn start(upstream: u16) -> Result<(u16, Arc<Counts>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let counts = Arc::new(Counts::default());
    let kept = Arc::clone(&counts);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let counts = Arc::clone(&kept);
            thread::spawn(move || pass(client, upstream, &counts));
        }
    });
    Ok((port, counts))
}

/// Serves one connection. An error of either side ends it, as it would without the proxy.
fn pass(mut client: TcpStream, upstream: u16, counts: &Arc<Counts>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", upstream)) else {
        return;
    };
    let (Ok(mut back), Ok(mut from)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let answers = Arc::clone(counts);
    let answering = thread::spawn(move || {
        let mut buffer = vec![0; 256 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            answers.bytes.fetch_add(read as u64, Ordering::SeqCst);
            if back
                .write_all(buffer.get(..read).unwrap_or_default())
                .is_err()
            {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut requests = Requests::default();
    let mut buffer = vec![0; 256 << 10];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        let bytes = buffer.get(..read).unwrap_or_default();
        requests.push(bytes, counts);
        if server.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = answering.join();
}

/// Finds the heads among the bytes of a connection, whose bodies all have a stated length.
#[derive(Default)]
struct Requests {
    head: Vec<u8>,
    /// Bytes of the body that are still to come.
    body: usize,
}

impl Requests {
    fn push(&mut self, mut bytes: &[u8], counts: &Counts) {
        while !bytes.is_empty() {
            if self.body > 0 {
                let skipped = self.body.min(bytes.len());
                self.body -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            let before = self.head.len();
            self.head.extend_from_slice(bytes);
            let Some(end) = self.head.windows(4).position(|four| four == b"\r\n\r\n") else {
                return;
            };
            bytes = bytes.get(end + 4 - before..).unwrap_or_default();
            let head = String::from_utf8_lossy(self.head.get(..end).unwrap_or_default());
            counts.note(&head);
            self.body = head
                .split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0);
            self.head.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_counted_and_bodies_are_not_taken_for_requests() {
        let counts = Counts::default();
        let mut requests = Requests::default();
        let bytes = b"PUT /a HTTP/1.1\r\nContent-Length: 21\r\n\r\nGET /no HTTP/1.1\r\n\r\n\
            -GET /b HTTP/1.1\r\nrange: bytes=0-9\r\n\r\n";
        for part in bytes.chunks(7) {
            requests.push(part, &counts);
        }
        assert_eq!(counts.reads(), ["GET /b HTTP/1.1 range: bytes=0-9"]);
    }
}
