//! What an installation offers that has recorded nothing but itself: every sign-in is an event,
//! so that the trail is never empty for whoever looks.

use std::path::Path;

use model::first_steps::FirstSteps;
use model::permission::Permission;
use model::token::{IssuedToken, NewToken};

use crate::{Caller, Result, Services, demo, tokens};

/// Life of the token in the line to paste, in days.
const TOKEN_DAYS: u16 = 1;

/// What is offered to the caller.
pub async fn read(services: &Services, caller: &Caller) -> Result<FirstSteps> {
    services.authorize(caller, Permission::LogsRead).await?;
    let demo = if caller.may(Permission::LogsDelete) {
        Some(demo::look(services).await?)
    } else {
        None
    };
    let program = if caller.may(Permission::UsersManage) {
        program(services)
    } else {
        NAME.to_owned()
    };
    Ok(FirstSteps {
        is_new: !services.store.has_events_of_others().await?,
        demo,
        program,
        url: services.settings.public_url.clone(),
        may_send: caller.may(Permission::TokensOwn)
            && tokens::may_give(caller, Permission::EventsWrite),
    })
}

/// Makes a token for the line that sends the first event. It lives for a day.
pub async fn make_token(services: &Services, caller: &Caller) -> Result<IssuedToken> {
    let new = NewToken {
        name: "First event".to_owned(),
        scopes: vec![Permission::EventsWrite],
        days: Some(TOKEN_DAYS),
        for_service: false,
    };
    tokens::create(services, caller, new).await
}

const NAME: &str = "auditorium";

/// The running program, and its data folder where commands find the server by it.
fn program(services: &Services) -> String {
    let program = services.facts.program.as_deref();
    let program = program.map_or_else(|| NAME.to_owned(), quoted);
    match &services.facts.data_dir {
        Some(folder) if services.facts.embedded_database => {
            format!("{program} --data-dir {}", quoted(folder))
        }
        _ => program,
    }
}

/// A path as a POSIX shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(quoted(Path::new("/srv/aud-1/data")), "/srv/aud-1/data");
        assert_eq!(quoted(Path::new("/srv/my data")), "'/srv/my data'");
        assert_eq!(quoted(Path::new("/it's")), r"'/it'\''s'");
    }
}
