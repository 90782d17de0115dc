//! Each check against a real database: what it says of a sound one, and of a sabotaged one.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{Duration, Utc};
use model::compliance::{NewAttestation, Outcome, Run};
use model::event::NewEvent;
use model::permission::Role;
use model::person::Person;
use service::compliance::{self, Facts};
use service::{Caller, Credential, Error, Origin, Services, Settings};
use sqlx::{AssertSqlSafe, Connection as _};
use testing::TestStore;
use uuid::Uuid;

struct World {
    database: TestStore,
    services: Services,
}

impl World {
    async fn new() -> Self {
        Self::with("production", Facts::default()).await
    }

    async fn with(environment: &str, facts: Facts) -> Self {
        let database = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: environment.to_owned(),
            public_url: "https://audit.example.org".to_owned(),
            session_hours: 8,
            token_days: 90,
        };
        let services = Services::new(database.store.clone(), settings).with_facts(facts);
        services
            .record_own(&Caller::system("test"), NewEvent::new("user.invited"))
            .await
            .unwrap();
        Self { database, services }
    }

    /// Runs statements as the cluster's superuser.
    async fn sabotage(&self, statements: &str) {
        let mut superuser = self.database.connect_as_superuser().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&mut superuser)
            .await
            .unwrap();
        superuser.close().await.unwrap();
    }

    async fn check(&self) -> Run {
        compliance::run(&self.services, &Caller::system("test"))
            .await
            .unwrap()
    }

    async fn outcome(&self, check: &str) -> Outcome {
        self.check().await.result(check).unwrap().outcome
    }

    /// What the check says before and after.
    async fn turns(&self, check: &str, statements: &str) -> (Outcome, Outcome) {
        let before = self.outcome(check).await;
        self.sabotage(statements).await;
        (before, self.outcome(check).await)
    }
}

const TURNED: (Outcome, Outcome) = (Outcome::Holds, Outcome::Fails);

fn person(role: Role) -> Caller {
    let person = Person {
        id: Uuid::now_v7(),
        name: "Ada".to_owned(),
        email: "ada@example.org".to_owned(),
        role,
    };
    Caller::person(
        person,
        Credential::Session { id: Uuid::now_v7() },
        Origin::default(),
    )
}

/// A user with a password, as SQL. `age` is an interval.
fn user(email: &str, role: &str, age: &str) -> String {
    format!(
        "insert into users (id, email, name, role, password_hash, created_at, last_seen_at)
         values (gen_random_uuid(), '{email}', 'x', '{role}', '$argon2id$v=19$x', now() - interval '{age}', now() - interval '{age}');"
    )
}

fn token(expires: &str, age: &str) -> String {
    format!(
        "insert into tokens (id, name, kind, secret_hash, hint, scopes, created_at, created_by, expires_at)
         values (gen_random_uuid(), 'etl', 'service', sha256(random()::text::bytea), 'aud_', '{{}}', now() - interval '{age}', 'x', {expires});"
    )
}

#[tokio::test]
async fn a_right_to_change_events_is_found_on_the_parent_and_on_a_partition() {
    let world = World::new().await;
    assert_eq!(
        world
            .turns(
                "trail.app_cannot_alter",
                "grant update on logs to auditorium_app"
            )
            .await,
        TURNED
    );
    world.sabotage("revoke update on logs from auditorium_app; grant delete on logs_000000 to auditorium_app").await;
    assert_eq!(
        world.outcome("trail.app_cannot_alter").await,
        Outcome::Fails
    );
    world.sabotage("revoke delete on logs_000000 from auditorium_app; grant update (action) on logs_000001 to auditorium_app").await;
    let run = world.check().await;
    let result = run.result("trail.app_cannot_alter").unwrap();
    assert!(
        result.evidence.contains("UPDATE on logs_000001"),
        "{}",
        result.evidence
    );
}

#[tokio::test]
async fn trying_to_truncate_leaves_everything_where_it_was() {
    let world = World::new().await;
    world
        .sabotage("grant truncate on logs, logs_000000, logs_000001 to auditorium_app")
        .await;
    let run = world.check().await;
    assert_eq!(
        run.result("trail.app_cannot_alter").unwrap().outcome,
        Outcome::Fails
    );
    assert_eq!(
        run.result("trail.complete").unwrap().outcome,
        Outcome::Holds
    );
}

#[tokio::test]
async fn a_missing_event_is_found() {
    let world = World::new().await;
    assert_eq!(
        world
            .turns("trail.complete", "delete from logs where seq = 0")
            .await,
        TURNED
    );
    let other = World::new().await;
    assert_eq!(
        other
            .turns("trail.complete", "delete from log_positions where seq = 0")
            .await,
        TURNED
    );
}

#[tokio::test]
async fn a_missing_truncation_trigger_is_found() {
    let world = World::new().await;
    assert_eq!(
        world
            .turns(
                "trail.truncation_recorded",
                "drop trigger logs_truncated on logs_000001"
            )
            .await,
        TURNED
    );
    let other = World::new().await;
    assert_eq!(
        other
            .turns(
                "trail.truncation_recorded",
                "alter table logs disable trigger logs_truncated"
            )
            .await,
        TURNED
    );
}

#[tokio::test]
async fn a_deletion_that_ignores_terms_is_found_and_undone() {
    let world = World::new().await;
    let lax = "create or replace function logs_delete(deletion uuid, at timestamptz, actor text, why text, asked text, seqs bigint[])
        returns table (deleted bigint, skipped bigint) language plpgsql security definer as $$
        begin delete from logs where seq = any (seqs); get diagnostics deleted = row_count; skipped := 0; return next; end $$";
    assert_eq!(world.turns("trail.terms_kept", lax).await, TURNED);
    assert_eq!(world.outcome("trail.complete").await, Outcome::Holds);
}

#[tokio::test]
async fn a_deletion_without_its_event_is_found() {
    let world = World::new().await;
    let secret = "set session_replication_role = replica;
        insert into log_deletions (id, deleted_at, actor_id, reason, query, deleted, skipped)
        values (gen_random_uuid(), now(), 'x', 'quietly', '', 1, 0)";
    assert_eq!(
        world.turns("trail.deletions_recorded", secret).await,
        TURNED
    );
    let other = World::new().await;
    let off = "alter table log_deletions disable trigger log_deletions_event";
    assert_eq!(other.turns("trail.deletions_recorded", off).await, TURNED);
}

#[tokio::test]
async fn events_that_cannot_be_read_back_are_found() {
    let world = World::new().await;
    assert_eq!(
        world
            .turns(
                "trail.exportable",
                "revoke select on logs from auditorium_app"
            )
            .await,
        TURNED
    );
}

#[tokio::test]
async fn accounts_fail_when_unused_shared_or_all_administrators() {
    let world = World::new().await;
    world
        .sabotage(
            &(user("ada@example.org", "owner", "1 day")
                + &user("bob@example.org", "owner", "2 days")),
        )
        .await;
    let run = world.check().await;
    for check in [
        "accounts.used",
        "accounts.personal",
        "accounts.few_admins",
        "accounts.second_owner",
        "accounts.passwords_hashed",
    ] {
        assert_eq!(
            run.result(check).unwrap().outcome,
            Outcome::Holds,
            "{check}"
        );
    }
    world.sabotage(&(user("owner@localhost", "admin", "91 days") + "update users set role = 'admin', password_hash = 'hunter2' where email = 'bob@example.org'")).await;
    let run = world.check().await;
    for check in [
        "accounts.used",
        "accounts.personal",
        "accounts.few_admins",
        "accounts.second_owner",
        "accounts.passwords_hashed",
    ] {
        assert_eq!(
            run.result(check).unwrap().outcome,
            Outcome::Fails,
            "{check}"
        );
    }
}

#[tokio::test]
async fn a_development_environment_may_use_the_default_account() {
    let world = World::with("development", Facts::default()).await;
    world
        .sabotage(&user("owner@localhost", "owner", "1 day"))
        .await;
    assert_eq!(world.outcome("accounts.personal").await, Outcome::Holds);
}

#[tokio::test]
async fn old_and_endless_tokens_and_long_sessions_are_found() {
    let world = World::new().await;
    world
        .sabotage(&token("now() + interval '1 day'", "89 days"))
        .await;
    assert_eq!(
        world
            .turns(
                "tokens.rotated",
                &token("now() + interval '1 day'", "91 days")
            )
            .await,
        TURNED
    );
    assert_eq!(
        world.turns("tokens.expire", &token("null", "1 day")).await,
        TURNED
    );
    let long = user("ada@example.org", "viewer", "1 day")
        + "alter table sessions drop constraint sessions_last_eight_hours;
           insert into sessions (id, secret_hash, user_id, created_at, expires_at, last_seen_at)
           select gen_random_uuid(), sha256('x'), id, now(), now() + interval '9 hours', now() from users";
    assert_eq!(world.turns("sessions.eight_hours", &long).await, TURNED);
}

#[tokio::test]
async fn a_role_with_more_power_than_it_needs_is_found() {
    // Roles belong to the whole cluster: making this one stronger would disturb other tests, so
    // the same checks run as the owner of the tables.
    let world = World::new().await;
    assert_eq!(
        world.outcome("database.least_privilege").await,
        Outcome::Holds
    );
    let options = world
        .database
        .options
        .clone()
        .username(store::bootstrap::OWNER);
    let owner = store::Store::open(options, 4, world.database.store.objects.clone())
        .await
        .unwrap();
    let services = Services::new(owner, (*world.services.settings).clone());
    let run = compliance::run(&services, &Caller::system("test"))
        .await
        .unwrap();
    assert_eq!(
        run.result("database.least_privilege").unwrap().outcome,
        Outcome::Fails
    );
    assert_eq!(
        run.result("trail.app_cannot_alter").unwrap().outcome,
        Outcome::Fails
    );
}

fn folder(path: &Path) -> Facts {
    Facts {
        data_dir: Some(path.to_owned()),
        objects_folder: Some(path.to_owned()),
        ..Facts::default()
    }
}

#[tokio::test]
async fn a_folder_that_others_can_read_is_found() {
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let world = World::with("production", folder(place.path())).await;
    let run = world.check().await;
    for check in ["settings.data_folder", "objects.private"] {
        assert_eq!(
            run.result(check).unwrap().outcome,
            Outcome::Holds,
            "{check}"
        );
    }
    assert_eq!(
        run.result("objects.locked").unwrap().outcome,
        Outcome::CannotBeChecked
    );
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let run = world.check().await;
    for check in ["settings.data_folder", "objects.private"] {
        assert_eq!(
            run.result(check).unwrap().outcome,
            Outcome::Fails,
            "{check}"
        );
    }
}

#[tokio::test]
async fn a_folder_to_pass_through_is_as_private_as_what_stands_in_it() {
    let place = tempfile::tempdir().unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    let file = place.path().join("auditorium.toml");
    std::fs::write(&file, "").unwrap();
    set(&file, 0o600);
    set(place.path(), 0o711);
    let world = World::with("production", folder(place.path())).await;
    assert_eq!(world.outcome("settings.data_folder").await, Outcome::Holds);
    set(&file, 0o644);
    assert_eq!(world.outcome("settings.data_folder").await, Outcome::Fails);
}

#[tokio::test]
async fn settings_are_judged_by_what_the_installation_says() {
    const CHECKS: [&str; 4] = [
        "transport.https",
        "transport.tls_1_3",
        "settings.environment",
        "settings.no_secrets",
    ];
    let sound = Facts {
        https: true,
        tls_min_version: Some("1.3".to_owned()),
        ..Facts::default()
    };
    let unsound = Facts {
        tls_min_version: Some("1.2".to_owned()),
        secrets_in_file: vec!["database.url".to_owned()],
        warnings: vec!["the database is the embedded one".to_owned()],
        ..Facts::default()
    };
    for (facts, outcome) in [(sound, Outcome::Holds), (unsound, Outcome::Fails)] {
        let run = World::with("production", facts).await.check().await;
        for check in CHECKS {
            assert_eq!(run.result(check).unwrap().outcome, outcome, "{check}");
        }
    }
}

#[tokio::test]
async fn a_watch_that_stands_still_is_found() {
    let world = World::new().await;
    service::alerts::watch(&world.services).await.unwrap();
    let old = "update alert_cursor set seq = 0; update logs set received_at = now() - interval '5 minutes'";
    assert_eq!(world.turns("alerts.watching", old).await, TURNED);
}

#[tokio::test]
async fn alerts_that_leave_nobody_hears_are_found() {
    let world = World::new().await;
    assert_eq!(world.outcome("alerts.delivered").await, Outcome::Fails);
    world.sabotage("insert into webhooks (url, secret, enabled, changed_at) values ('https://a', 'whsec_', true, now())").await;
    assert_eq!(world.outcome("alerts.delivered").await, Outcome::Holds);
}

#[tokio::test]
async fn an_attestation_covers_what_cannot_be_checked_until_it_ends_and_never_a_measurement() {
    let world = World::new().await;
    let admin = person(Role::Admin);
    world.check().await;
    let new = |check: &str, days: i64| NewAttestation {
        check: check.to_owned(),
        note: "Read the list with the team on Monday".to_owned(),
        expires_at: Utc::now() + Duration::days(days),
    };
    compliance::attest(&world.services, &admin, new("people.access_review", 90))
        .await
        .unwrap();
    let run = compliance::latest(&world.services, &admin)
        .await
        .unwrap()
        .unwrap();
    let result = run.result("people.access_review").unwrap();
    assert_eq!(result.outcome, Outcome::Attested);
    assert_eq!(result.attestation.as_ref().unwrap().by, "Ada");

    let measured = compliance::attest(&world.services, &admin, new("trail.complete", 90)).await;
    assert!(matches!(measured, Err(Error::Conflict(_))));
    for days in [-1, 366] {
        let refused =
            compliance::attest(&world.services, &admin, new("people.trained", days)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{days}");
    }
    let viewer = compliance::attest(
        &world.services,
        &person(Role::Viewer),
        new("people.trained", 9),
    )
    .await;
    assert!(matches!(viewer, Err(Error::Forbidden { .. })));

    world.sabotage("update attestations set attested_at = now() - interval '2 days', expires_at = now() - interval '1 day'").await;
    let run = compliance::latest(&world.services, &admin)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        run.result("people.access_review").unwrap().outcome,
        Outcome::CannotBeChecked
    );
    let expired = run.result("people.access_review").unwrap();
    let attestation = expired.attestation.as_ref().unwrap();
    assert_eq!(
        attestation.by, "Ada",
        "the expired word is still shown as such"
    );
    let history = compliance::history(&world.services, &admin, "people.access_review")
        .await
        .unwrap();
    assert_eq!(history.attestations.len(), 1);
    assert!(history.attestations[0].expires_at < history.as_of);
}

#[tokio::test]
async fn history_tells_when_a_check_changed_and_runs_record_themselves() {
    let world = World::new().await;
    world.check().await;
    world.check().await;
    world
        .sabotage("grant update on logs to auditorium_app")
        .await;
    world.check().await;
    let history = compliance::history(
        &world.services,
        &Caller::system("test"),
        "trail.app_cannot_alter",
    )
    .await
    .unwrap();
    let outcomes: Vec<Outcome> = history
        .changes
        .iter()
        .map(|change| change.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Fails, Outcome::Holds]);
    let recorded: i64 = sqlx::query_scalar(
        "select count(*) from logs where action = 'compliance.checked' and source = 'auditorium'",
    )
    .fetch_one(world.database.store.pool())
    .await
    .unwrap();
    assert_eq!(recorded, 3);
}

#[tokio::test]
async fn the_schedule_runs_when_the_last_run_is_an_hour_old() {
    let world = World::new().await;
    assert!(compliance::run_if_due(&world.services).await.unwrap());
    assert!(!compliance::run_if_due(&world.services).await.unwrap());
    world
        .sabotage("update check_runs set finished_at = finished_at - interval '61 minutes'")
        .await;
    assert!(compliance::run_if_due(&world.services).await.unwrap());
}
