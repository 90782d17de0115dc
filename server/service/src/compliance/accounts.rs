//! Whether accounts, sessions and tokens are as few and as short-lived as they should be.

use store::compliance::accounts::{Access, People};

use super::verdict::{Finding, Verdict, list, probe};
use crate::Services;

/// Below this many people, everybody may be an administrator.
const SMALL_TEAM: i64 = 3;

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    let now = services.now();
    let strict = services.settings.environment != "development";
    let mut findings = Vec::new();
    match probe(services, async |p| p.people(now).await).await {
        Ok(found) => findings.extend(people(&found, strict)),
        Err(error) => findings.push((
            "accounts.used",
            Verdict::unmeasured("accounts.used", &error),
        )),
    }
    match probe(services, async |p| p.access(now).await).await {
        Ok(found) => findings.extend(access(&found, services.settings.session_hours)),
        Err(error) => findings.push((
            "tokens.rotated",
            Verdict::unmeasured("tokens.rotated", &error),
        )),
    }
    findings.push((
        "accounts.second_factor",
        Verdict::unknown(
            "Accounts of this installation sign in with a password; a second factor can stand only in front of it.",
            "Put a proxy that asks for one in front of the console, then attest it here.",
        ),
    ));
    findings
}

fn people(found: &People, strict: bool) -> Vec<Finding> {
    let open = format!("{} open accounts", found.active);
    vec![
        (
            "accounts.used",
            Verdict::judge(
                found.unused.is_empty(),
                named(&open, "unused for 90 days", &found.unused),
                "Disable them under Settings, People.",
            ),
        ),
        (
            "accounts.personal",
            Verdict::judge(
                found.shared.is_empty() || !strict,
                match (found.shared.is_empty(), strict) {
                    (false, false) => format!(
                        "{}, which a development environment allows.",
                        named(&open, "default or shared", &found.shared).trim_end_matches('.')
                    ),
                    _ => named(&open, "default or shared", &found.shared),
                },
                "Invite each person with an address of their own, then disable these accounts.",
            ),
        ),
        (
            "accounts.few_admins",
            Verdict::judge(
                found.active < SMALL_TEAM || found.administrators * 2 <= found.active,
                format!("{} of {open} are admin or owner.", found.administrators),
                "Give those who do not manage people the role operator or less, under Settings, People.",
            ),
        ),
        (
            "accounts.second_owner",
            Verdict::judge(
                found.owners >= 2,
                format!("{} owners with a password.", found.owners),
                "Make a second person owner under Settings, People; otherwise nobody can recover \
                 a lost account without `auditorium user recover` on the server.",
            ),
        ),
        (
            "accounts.passwords_hashed",
            Verdict::judge(
                found.weak_hashes.is_empty(),
                named(
                    &open,
                    "with a password that is not an argon2id hash",
                    &found.weak_hashes,
                ),
                "Send these people a link to choose a new password.",
            ),
        ),
    ]
}

fn access(found: &Access, session_hours: u8) -> Vec<Finding> {
    let open = format!("{} open tokens", found.tokens);
    vec![
        (
            "sessions.eight_hours",
            Verdict::judge(
                found.long_sessions == 0 && session_hours <= 8,
                format!(
                    "New sessions last {session_hours} hours; {} of {} open sessions last longer than 8.",
                    found.long_sessions, found.sessions
                ),
                "Set session.hours (AUDITORIUM_SESSION_HOURS) to 8 or less and end these sessions.",
            ),
        ),
        (
            "tokens.rotated",
            Verdict::judge(
                found.old.is_empty(),
                named(&open, "older than 90 days", &found.old),
                "Make new ones and revoke these under Settings, Tokens.",
            ),
        ),
        (
            "tokens.expire",
            Verdict::judge(
                found.endless.is_empty(),
                named(&open, "without expiry", &found.endless),
                "Make new ones with expiry and revoke these under Settings, Tokens.",
            ),
        ),
    ]
}

fn named(all: &str, what: &str, names: &[String]) -> String {
    if names.is_empty() {
        format!("{all}, none {what}.")
    } else {
        format!("{all}, {} {what}: {}.", names.len(), list(names))
    }
}
