//! The one test binary: whole stages over cases, properties and oracles.

mod proto;
