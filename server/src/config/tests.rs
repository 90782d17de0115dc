//! The layers, and what the configuration refuses.

use std::{collections::BTreeMap, fs, net::SocketAddr};

use super::*;

fn load(variables: &[(&str, &str)], serve: &ServeFlags) -> Result<Config, Error> {
    let folder = tempfile::tempdir().unwrap();
    load_in(folder.path(), variables, serve)
}

fn load_in(folder: &Path, variables: &[(&str, &str)], serve: &ServeFlags) -> Result<Config, Error> {
    let environment: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let flags = Flags {
        data_dir: Some(folder.to_owned()),
        ..Flags::default()
    };
    Config::from_sources(&flags, serve, &environment)
}

fn refusal(variables: &[(&str, &str)]) -> String {
    load(variables, &ServeFlags::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn nothing_at_all_is_a_complete_configuration() {
    let config = load(&[], &ServeFlags::default()).unwrap();
    assert_eq!(
        config.network.listen.address,
        SocketAddr::from(([127, 0, 0, 1], 3000))
    );
    assert!(!config.network.listen.asked);
    assert!(config.database.is_embedded());
    assert!(matches!(config.objects, Objects::Folder(_)));
    assert_eq!(config.access.session.as_secs(), 8 * 3600);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.warnings(), Vec::<String>::new());
}

#[test]
fn flags_stand_above_environment_above_file_above_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:4001'\n[token]\ndays = 30\n[session]\nhours = 4\n";
    fs::write(folder.path().join(FILE_NAME), file).unwrap();
    let variables = [
        ("AUDITORIUM_LISTEN", "127.0.0.1:4002"),
        ("AUDITORIUM_SESSION_HOURS", "2"),
    ];
    let serve = ServeFlags {
        listen: Some("127.0.0.1:4003".to_owned()),
        ..ServeFlags::default()
    };
    let config = load_in(folder.path(), &variables, &serve).unwrap();
    assert_eq!(config.network.listen.address.port(), 4003);
    assert!(config.network.listen.asked);
    assert_eq!(config.access.session.as_secs(), 2 * 3600);
    assert_eq!(config.access.token_days, 30);
    assert_eq!(config.database.max_connections, 20);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), "[tls]\ncrt = 'x.pem'\n").unwrap();
    let error = load_in(folder.path(), &[], &ServeFlags::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("tls.crt") && error.contains(FILE_NAME),
        "{error}"
    );
    assert!(error.contains("did you mean tls.cert"), "{error}");

    let error = refusal(&[("AUDITORIUM_LISEN", "127.0.0.1:1")]);
    assert!(error.contains("did you mean AUDITORIUM_LISTEN"), "{error}");
}

#[test]
fn variables_that_kubernetes_sets_are_left_alone() {
    let variables = [
        ("AUDITORIUM_PORT", "tcp://10.0.0.1:80"),
        ("AUDITORIUM_SERVICE_HOST", "x"),
    ];
    assert!(load(&variables, &ServeFlags::default()).is_ok());
}

#[test]
fn plain_http_beyond_loopback_is_refused_with_what_mends_it() {
    let error = refusal(&[("AUDITORIUM_LISTEN", "0.0.0.0:3000")]);
    for part in [
        "AUDITORIUM_LISTEN",
        "tls.cert",
        "tls.key",
        "trusted_proxies",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let behind = [
        ("AUDITORIUM_LISTEN", "0.0.0.0:3000"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
    ];
    assert_eq!(
        load(&behind, &ServeFlags::default())
            .unwrap()
            .network
            .trusted_proxies
            .len(),
        2
    );
    let error = refusal(&[("TRUSTED_PROXIES", "0.0.0.0/0")]);
    assert!(error.contains("forge"), "{error}");
}

#[test]
fn halves_of_a_pair_are_refused_by_name() {
    for (given, needed) in [
        (("AUDITORIUM_TLS_CERT", "c.pem"), "tls.key"),
        (("AUDITORIUM_TLS_KEY", "k.pem"), "tls.cert"),
        (("AUDITORIUM_TLS_MIN_VERSION", "1.2"), "tls.cert"),
        (
            ("DATABASE_OWNER_URL", "postgres://o@localhost/a"),
            "database.url",
        ),
        (("S3_BUCKET_PREFIX", "x-"), "s3.endpoint"),
    ] {
        let error = refusal(&[given]);
        assert!(error.contains(needed) && error.contains(given.0), "{error}");
    }
    let error = refusal(&[("S3_REGION", "eu-central-1"), ("S3_ACCESS_KEY_ID", "k")]);
    assert!(error.contains("S3_SECRET_ACCESS_KEY"), "{error}");
}

#[test]
fn a_remote_database_is_verified_or_refused() {
    let remote = "postgres://app:hunter2secret@db.example.org/auditorium";
    let error = refusal(&[("DATABASE_URL", &format!("{remote}?sslmode=require"))]);
    assert!(
        error.contains("verify-full") && !error.contains("hunter2"),
        "{error}"
    );
    let config = load(&[("DATABASE_URL", remote)], &ServeFlags::default()).unwrap();
    let Source::External { application, .. } = &config.database.source else {
        unreachable!("an address was given");
    };
    let mode = application.options().get_ssl_mode();
    assert!(matches!(mode, sqlx::postgres::PgSslMode::VerifyFull));
    for local in [
        "postgres://a@127.0.0.1/a?sslmode=disable",
        "postgres://a@%2Frun%2Fpg/a",
    ] {
        assert!(
            load(&[("DATABASE_URL", local)], &ServeFlags::default()).is_ok(),
            "{local}"
        );
    }
}

#[test]
fn the_application_cannot_be_the_owner() {
    let url = "postgres://same:x@localhost/a";
    let error = refusal(&[("DATABASE_URL", url), ("DATABASE_OWNER_URL", url)]);
    assert!(error.contains("both sign in as same"), "{error}");
}

#[test]
fn secrets_appear_neither_in_errors_nor_in_debug_output() {
    let secret = "correct-horse";
    let variables = [
        (
            "DATABASE_URL",
            "postgres://app:correct-horse@localhost/auditorium",
        ),
        ("S3_ENDPOINT", "https://s3.example.org"),
        ("S3_ACCESS_KEY_ID", "key"),
        ("S3_SECRET_ACCESS_KEY", secret),
    ];
    let config = load(&variables, &ServeFlags::default()).unwrap();
    assert!(!format!("{config:?}").contains(secret));
    for url in [
        "mysql://a:correct-horse@x/y",
        "postgres://a:correct-horse@[x/y",
    ] {
        let error = refusal(&[("DATABASE_URL", url)]);
        assert!(!error.contains(secret), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(FILE_NAME),
        "[database]\nurl = 'correct-horse\n",
    )
    .unwrap();
    let error = load_in(folder.path(), &[], &ServeFlags::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 2") && !error.contains(secret),
        "{error}"
    );
}

#[test]
fn a_secret_can_stand_in_a_file_but_not_in_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    fs::write(&path, "postgres://app:x@localhost/auditorium\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[("DATABASE_URL_FILE", path)], &ServeFlags::default()).unwrap();
    assert!(!config.database.is_embedded());
    let error = refusal(&[
        ("DATABASE_URL_FILE", path),
        ("DATABASE_URL", "postgres://a@localhost/a"),
    ]);
    assert!(error.contains("DATABASE_URL_FILE"), "{error}");
}

#[test]
fn promises_about_sessions_and_tokens_cannot_be_configured_away() {
    assert!(refusal(&[("AUDITORIUM_SESSION_HOURS", "9")]).contains("1 to 8"));
    assert!(refusal(&[("AUDITORIUM_TOKEN_DAYS", "91")]).contains("1 to 90"));
}

#[test]
fn public_addresses_are_https_or_this_machine() {
    assert!(refusal(&[("AUDITORIUM_PUBLIC_URL", "http://audit.example.org")]).contains("https"));
    assert!(refusal(&[("AUDITORIUM_PUBLIC_URL", "https://a.example.org/x")]).contains("path"));
    let variables = [("AUDITORIUM_PUBLIC_URL", "https://a.example.org/")];
    let config = load(&variables, &ServeFlags::default()).unwrap();
    assert_eq!(
        config.network.public_url.as_deref(),
        Some("https://a.example.org")
    );
    assert!(config.network.is_https());
}

#[test]
fn production_logs_json_and_names_what_is_unwise() {
    let config = load(
        &[("AUDITORIUM_ENVIRONMENT", "production")],
        &ServeFlags::default(),
    )
    .unwrap();
    assert_eq!(config.log.format, LogFormat::Json);
    let warnings = config.warnings().join("\n");
    for part in ["embedded", "S3_ENDPOINT", "plain HTTP", "public_url"] {
        assert!(warnings.contains(part), "{part} in {warnings}");
    }
}
