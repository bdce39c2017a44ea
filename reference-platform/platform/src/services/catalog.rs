//! The ten services: what each needs of the others and of the stores.

/// One service.
#[derive(Debug)]
pub struct Service {
    /// `auth` for `auth-service`.
    pub name: &'static str,
    /// Its database in PostgreSQL.
    pub database: Option<&'static str>,
    /// It uses Redis.
    pub redis: bool,
    /// It uses ClickHouse.
    pub clickhouse: bool,
    /// It uses Neo4j.
    pub neo4j: bool,
    /// The services that it calls.
    pub calls: &'static [&'static str],
}

/// All. Each of them uses Kafka.
pub const SERVICES: [Service; 10] = [
    Service { name: "auth", database: Some("auth"), redis: true, clickhouse: false, neo4j: false, calls: &[] },
    Service { name: "user", database: Some("users"), redis: false, clickhouse: false, neo4j: true, calls: &["auth"] },
    Service {
        name: "content",
        database: Some("content"),
        redis: true,
        clickhouse: false,
        neo4j: false,
        calls: &["auth", "user", "media"],
    },
    Service {
        name: "feed",
        database: None,
        redis: true,
        clickhouse: false,
        neo4j: false,
        calls: &["auth", "user", "content"],
    },
    Service { name: "media", database: Some("media"), redis: false, clickhouse: false, neo4j: false, calls: &["auth"] },
    Service {
        name: "messaging",
        database: Some("messaging"),
        redis: true,
        clickhouse: false,
        neo4j: false,
        calls: &["auth", "user", "media"],
    },
    Service { name: "search", database: None, redis: false, clickhouse: false, neo4j: false, calls: &["auth", "user"] },
    Service {
        name: "notification",
        database: Some("notification"),
        redis: true,
        clickhouse: false,
        neo4j: false,
        calls: &["auth", "user"],
    },
    Service { name: "events", database: None, redis: false, clickhouse: true, neo4j: false, calls: &["auth"] },
    Service {
        name: "streaming",
        database: Some("streaming"),
        redis: true,
        clickhouse: false,
        neo4j: false,
        calls: &["auth", "user"],
    },
];

impl Service {
    /// The service of that name, `auth` or `auth-service`.
    pub fn named(name: &str) -> Option<&'static Self> {
        let name = name.strip_suffix("-service").unwrap_or(name);
        SERVICES.iter().find(|service| service.name == name)
    }

    /// It has tables, and a command that brings them to the state that it needs.
    pub fn has_migrations(&self) -> bool {
        self.database.is_some() || self.clickhouse
    }

    /// Its program.
    pub fn program(&self) -> String {
        format!("{}-service", self.name)
    }

    /// The name of one of its replicas, which count from 1.
    pub fn replica(&self, number: u16) -> String {
        format!("{}-{number}", self.name)
    }

    /// The service and the number that a name of a replica has.
    pub fn of_replica(name: &str) -> Option<(&'static Self, u16)> {
        let (service, number) = name.rsplit_once('-')?;
        Some((SERVICES.iter().find(|known| known.name == service)?, number.parse().ok().filter(|number| *number > 0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_service_calls_is_there() {
        for service in &SERVICES {
            for callee in service.calls {
                assert!(Service::named(callee).is_some_and(|callee| callee.name != service.name), "{}", service.name);
            }
        }
    }

    #[test]
    fn replicas_are_found_by_name() {
        let auth = Service::named("auth-service").unwrap();
        let (service, number) = Service::of_replica(&auth.replica(2)).unwrap();
        assert_eq!((service.name, number), ("auth", 2));
        for name in ["auth", "auth-0", "auth-service", "kafka-1", "-1"] {
            assert!(Service::of_replica(name).is_none(), "{name}");
        }
    }
}
