//! PostgreSQL of the distribution. It refuses to run as root: then it runs as the user of its package.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::programs;
use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::state::Part;
use crate::stores::{POSTGRES_PASSWORD, POSTGRES_USER, text};

const INITDB: Duration = Duration::from_secs(60);

pub(super) async fn prepare(folder: &Folder, part: &Part, limits: &Limits) -> Result<Launch> {
    let programs = programs::postgres()?;
    let data = folder.data("postgres");
    let log = folder.log("postgres");
    let user = if rustix::process::geteuid().is_root() { Some(package_user()?) } else { None };

    if !data.join("PG_VERSION").exists() {
        // One that was interrupted leaves a folder that cannot be used: make it beside, then move it.
        let fresh = folder.data("postgres.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)?;
        }
        fs::create_dir_all(&fresh)?;
        let password = folder.data("postgres.password");
        folder.write_secret(&password, POSTGRES_PASSWORD)?;
        if let Some((user, group)) = user {
            chown(&fresh, Some(user), Some(group))?;
            chown(&password, Some(user), Some(group))?;
        }
        // Passwords come in the clear, on the loopback: SCRAM costs the debug build of a client half a second per connection.
        let args = [
            "--pgdata",
            text(&fresh)?,
            "--username",
            POSTGRES_USER,
            "--pwfile",
            text(&password)?,
            "--auth",
            "password",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ];
        let mut initdb =
            Launch::new(programs.join("initdb"), args.map(str::to_owned).to_vec(), fresh.clone(), log.clone());
        initdb.user = user;
        initdb.run(INITDB).await?;
        fs::remove_file(&password)?;
        fs::rename(&fresh, &data)?;
    }

    let settings = [
        format!("port={}", part.port("port")),
        "listen_addresses=127.0.0.1".to_owned(),
        // The path of a socket may have 107 bytes; ours may be longer, and nobody needs it.
        "unix_socket_directories=".to_owned(),
        format!("max_connections={}", limits.postgres_max_connections),
        // When a process crashes nothing is lost; when the machine does, this data may be.
        "fsync=off".to_owned(),
        "full_page_writes=off".to_owned(),
    ];
    let mut args = vec!["-D".to_owned(), text(&data)?.to_owned()];
    for setting in settings {
        args.extend(["-c".to_owned(), setting]);
    }
    let mut launch = Launch::new(programs.join("postgres"), args, data, log);
    launch.user = user;
    Ok(launch)
}

/// User and group ids of `postgres`.
fn package_user() -> Result<(u32, u32)> {
    let users = fs::read_to_string(Path::new("/etc/passwd")).context("cannot read the users of this machine")?;
    find_user(&users, "postgres").context("there is no user postgres, as whom PostgreSQL could run")
}

fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_user() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:104:110:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find_user(users, "postgres"), Some((104, 110)));
        assert_eq!(find_user(users, "postgre"), None);
    }
}
