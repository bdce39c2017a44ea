//! What a caller is ready to spend on one callee. The defaults suit a read within the cluster.

use std::time::Duration;

use tonic::transport::ClientTlsConfig;

/// Limits of the calls to one callee. Counts are per process: with ten replicas a callee can see ten times as many.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Time for a unary call, all attempts and the answer included. 1 s.
    pub deadline: Duration,
    /// How often a call is sent at most, the first time included. 3; 1 means no retries.
    pub attempts: u32,
    /// Retries for each call, over time: 0.1 lets a callee that fails see at most a tenth more.
    pub retry_ratio: f64,
    /// Calls in flight, streams included; one more fails at once. 128.
    pub concurrency: usize,
    /// The breaker decides nothing below so many attempts in 10 s. 20.
    pub breaker_calls: u32,
    /// The breaker opens when so large a part of them failed. 0.5.
    pub breaker_ratio: f64,
    /// How long the breaker stays open before it lets a few calls try. 5 s.
    pub breaker_open: Duration,
    /// Certificates for an `https` URL.
    pub tls: Option<ClientTlsConfig>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(1),
            attempts: 3,
            retry_ratio: 0.1,
            concurrency: 128,
            breaker_calls: 20,
            breaker_ratio: 0.5,
            breaker_open: Duration::from_secs(5),
            tls: None,
        }
    }
}
