//! Settings that all services share.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

/// Where a service listens, what it accepts, and how long it may take to stop.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Settings {
    /// gRPC: the contract, health, reflection. Port 0 takes a free one.
    #[arg(long, env = "GRPC_ADDR", default_value = "0.0.0.0:50051")]
    pub grpc_addr: SocketAddr,
    /// REST edge.
    #[arg(long, env = "HTTP_ADDR", default_value = "0.0.0.0:8080")]
    pub http_addr: SocketAddr,
    /// Metrics and probes.
    #[arg(long, env = "ADMIN_ADDR", default_value = "0.0.0.0:9090")]
    pub admin_addr: SocketAddr,
    /// The longest that a request may take, unless its caller wants it sooner.
    #[arg(long, env = "REQUEST_TIMEOUT", default_value = "10s", value_parser = humantime::parse_duration)]
    pub request_timeout: Duration,
    /// RPCs that are answered at the same time; more are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "MAX_IN_FLIGHT", default_value_t = 512)]
    pub max_in_flight: usize,
    /// How long balancers have to notice that the process is going to stop, before it stops accepting.
    #[arg(long, env = "DRAIN", default_value = "5s", value_parser = humantime::parse_duration)]
    pub drain: Duration,
    /// How long requests in flight have to end after that.
    #[arg(long, env = "SHUTDOWN_GRACE", default_value = "20s", value_parser = humantime::parse_duration)]
    pub shutdown_grace: Duration,
}

impl Settings {
    /// For tests: free ports of the loopback interface, no drain.
    pub fn ephemeral() -> Self {
        let free = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            grpc_addr: free,
            http_addr: free,
            admin_addr: free,
            request_timeout: Duration::from_secs(10),
            max_in_flight: 512,
            drain: Duration::ZERO,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Service {
        #[command(flatten)]
        runtime: Settings,
        #[command(flatten)]
        telemetry: social_telemetry::Settings,
    }

    #[test]
    fn groups_of_settings_fit_into_each_other() {
        let service =
            Service::parse_from(["service", "--grpc-addr", "127.0.0.1:0", "--drain", "250ms", "--log-format", "text"]);
        assert_eq!(service.runtime.grpc_addr.port(), 0);
        assert_eq!(service.runtime.drain, Duration::from_millis(250));
        assert_eq!(service.runtime.shutdown_grace, Duration::from_secs(20));
        assert_eq!(service.telemetry.log_format, social_telemetry::LogFormat::Text);
    }
}
