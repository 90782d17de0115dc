//! The server's own Postgres as its programs see it: `psql` and `pgbench` over the same socket,
//! and beside the server's database an equal one, in which the baselines write.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::server::Server;

/// The server's database.
pub(crate) const PRODUCT: &str = "auditorium";
/// The same schema without a server.
pub(crate) const BASELINE: &str = "baseline";

/// The columns of `logs`, in its order.
pub(crate) const COLUMNS: &str = "seq, occurred_at, actor_type, actor_id, actor_name, actor_email, \
    actor_ip, user_agent, on_behalf_of, action, resource_type, resource_id, resource_name, status, \
    error_message, team, request_id, session_id, category, data_classification, compliance_tags, \
    details, previous_state, new_state, source, received_at, id, schema_version";

/// Partitions of the baseline; the server adds its own as it goes.
const PARTITIONS: u64 = 8;

/// A running Postgres.
#[derive(Debug)]
pub(crate) struct Postgres {
    socket: String,
    folder: PathBuf,
}

impl Postgres {
    /// The one that the server has started; `folder` takes scripts and logs.
    pub(crate) fn beside(server: &Server, folder: &Path) -> Result<Self> {
        let pid_file = server.data.join("postgres/cluster/postmaster.pid");
        let text = fs::read_to_string(pid_file).context("the server has no private Postgres")?;
        // The fifth line: the folder of the socket.
        let socket = text.lines().nth(4).context("Postgres has no socket")?;
        Ok(Self {
            socket: socket.trim().to_owned(),
            folder: folder.to_owned(),
        })
    }

    fn command(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(program);
        command
            .envs([("PGHOST", self.socket.as_str()), ("PGUSER", "postgres")])
            .envs([
                ("PGPORT", "5432"),
                ("PGDATABASE", database),
                ("PGOPTIONS", ""),
            ])
            .stdin(Stdio::null());
        command
    }

    /// Runs a script and answers its first value.
    pub(crate) fn query(&self, database: &str, sql: &str) -> Result<String> {
        let mut command = self.command("psql", database);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        let mut child = command
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run psql")?;
        child
            .stdin
            .take()
            .context("psql takes no script")?
            .write_all(sql.as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "psql failed ({})", output.status);
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    pub(crate) fn number(&self, database: &str, sql: &str) -> Result<u64> {
        let value = self.query(database, sql)?;
        value.parse().with_context(|| format!("{sql} gave {value}"))
    }

    /// How long psql takes to start and to run a script.
    pub(crate) fn time(&self, database: &str, sql: &str) -> Result<Duration> {
        let started = Instant::now();
        self.query(database, sql)?;
        Ok(started.elapsed())
    }

    /// A measurement of writes without durability would be worth nothing.
    pub(crate) fn check_durable(&self) -> Result<()> {
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            let value = self.query(PRODUCT, &format!("show {name}"))?;
            ensure!(value == "on", "{name} is {value}: nothing would be durable");
        }
        Ok(())
    }

    pub(crate) fn describe(&self) -> Result<Value> {
        let names = ["server_version", "fsync", "shared_buffers", "max_wal_size"];
        let mut about = json!({});
        for name in names
            .into_iter()
            .chain(["wal_compression", "data_checksums"])
        {
            about[name] = json!(self.query(PRODUCT, &format!("show {name}"))?);
        }
        Ok(about)
    }

    /// Makes the baseline's database: the server's schema with its indexes, and no rows.
    pub(crate) fn create_baseline(&self) -> Result<()> {
        self.query(
            PRODUCT,
            &format!("create database {BASELINE} owner auditorium_owner"),
        )?;
        let output = self
            .command("pg_dump", PRODUCT)
            .arg("--schema-only")
            .output()?;
        ensure!(output.status.success(), "pg_dump failed");
        self.query(BASELINE, &String::from_utf8(output.stdout)?)?;
        let mut sql = "set search_path = public; create sequence singles;".to_owned();
        for partition in 0..PARTITIONS {
            let _ = write!(sql, "select logs_add_partition({});", partition << 20);
        }
        self.query(BASELINE, &sql).map(drop)
    }

    /// Writes out what is dirty, so that no measurement pays for the one before it.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.query(PRODUCT, "checkpoint").map(drop)
    }

    /// Waits until the server has indexed what it recorded; answers how long that took.
    pub(crate) fn wait_for_index(&self) -> Result<Duration> {
        let started = Instant::now();
        let behind = "select (select size >> 8 from trail_head) - coalesce(max(block) + 1, 0) from log_blocks";
        while self.query(PRODUCT, behind)?.parse::<i64>()? > 0 {
            ensure!(
                started.elapsed().as_secs() < 600,
                "the block index stands still"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(started.elapsed())
    }

    /// What autovacuum would do in its own time.
    pub(crate) fn settle(&self) -> Result<()> {
        self.wait_for_index()?;
        self.query(
            PRODUCT,
            "vacuum (analyze) logs; vacuum (analyze) log_blocks;",
        )?;
        self.checkpoint()
    }

    /// Runs pgbench and answers what it printed.
    pub(crate) fn pgbench(
        &self,
        database: &str,
        script: &str,
        arguments: &[&str],
    ) -> Result<String> {
        let file = self.folder.join("pgbench.sql");
        fs::write(&file, without_variables(script))?;
        let output = self
            .command("pgbench", database)
            .args(["-n", "-M", "prepared", "-f"])
            .arg(&file)
            .args(arguments)
            .output()
            .context("cannot run pgbench")?;
        ensure!(
            output.status.success(),
            "pgbench failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a statement `count` times on one connection; answers each time in milliseconds.
    pub(crate) fn statement_times(&self, sql: &str, count: u32) -> Result<Vec<f64>> {
        let prefix = self.folder.join("pgbench_times");
        let log = format!("--log-prefix={}", prefix.display());
        self.pgbench(PRODUCT, sql, &["-l", &log, "-t", &count.to_string()])?;
        let mut times = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_log = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("pgbench_times"));
            if !is_log {
                continue;
            }
            // client, transaction, microseconds, …
            for line in fs::read_to_string(&path)?.lines() {
                let micros: f64 = line.split(' ').nth(2).context("pgbench's log")?.parse()?;
                times.push(micros / 1_000.0);
            }
            fs::remove_file(path)?;
        }
        Ok(times)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// pgbench takes a colon before a word for a variable, within quotes as well. All colons of the
/// scripts here stand within quotes, so the colon can be joined as a value.
fn without_variables(script: &str) -> String {
    let mut parts = script.split(':');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_word = part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        result.push_str(if is_word { "' || chr(58) || '" } else { ":" });
        result.push_str(part);
    }
    result
}
