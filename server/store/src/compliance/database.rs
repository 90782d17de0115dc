//! Facts about the database server and this connection to it.

use super::Probes;
use crate::Result;

/// How this connection reaches the server.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Way {
    /// Whether the server says that it is TLS.
    pub encrypted: bool,
    pub version: Option<String>,
    pub cipher: Option<String>,
    /// The client's address as the server sees it; none by unix socket.
    pub client: Option<String>,
    /// Whether that is this machine itself.
    pub is_loopback: bool,
}

/// What the application's role could do beyond its work.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Power {
    pub role: String,
    pub owner: String,
    /// What it has that its work does not need: `superuser`, `owner of logs` and so on.
    pub excess: Vec<String>,
}

/// Settings that decide whether a commit survives a crash.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Durability {
    pub fsync: String,
    pub full_page_writes: String,
    pub synchronous_commit: String,
    pub data_checksums: String,
}

impl Probes {
    /// How this connection reaches the server.
    pub async fn way(&mut self) -> Result<Way> {
        Ok(sqlx::query_as(
            "select s.ssl as encrypted, s.version, s.cipher, host(a.client) as client,
                    a.client is null or a.client <<= '127.0.0.0/8' or a.client = '::1' as is_loopback
             from pg_stat_ssl s, (select inet_client_addr() as client) a where s.pid = pg_backend_pid()",
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// What this connection's role could do.
    pub async fn power(&mut self) -> Result<Power> {
        Ok(sqlx::query_as(
            "select r.rolname::text as role, o.rolname::text as owner,
                    array_remove(array[
                        case when r.rolsuper then 'superuser' end,
                        case when r.rolcreaterole then 'may create roles' end,
                        case when r.rolreplication then 'may replicate' end,
                        case when r.rolbypassrls then 'bypasses row policies' end,
                        case when pg_has_role(r.oid, o.oid, 'member') then 'owner of logs' end]
                        || array(select 'member of ' || b.rolname from pg_roles b
                            where b.rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
                              and pg_has_role(r.oid, b.oid, 'member')), null) as excess
             from pg_roles r, pg_class c join pg_roles o on o.oid = c.relowner
             where r.rolname = current_user and c.oid = 'logs'::regclass",
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Whether commits survive, as the server is set for this connection.
    pub async fn durability(&mut self) -> Result<Durability> {
        Ok(sqlx::query_as(
            "select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
                    current_setting('synchronous_commit') as synchronous_commit,
                    current_setting('data_checksums') as data_checksums",
        )
        .fetch_one(self.connection())
        .await?)
    }
}
