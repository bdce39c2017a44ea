//! Who calls: verifies access tokens, mints service tokens, loads certificates. It knows tokens and keys, no accounts: whether an
//! account still exists is auth-service's matter.

mod caller;
mod grpc;
mod identity;
mod jwks;
mod keys;
mod peer;
mod rest;
mod settings;
mod tls;
mod verifier;

pub use caller::{Caller, INTERNAL, Kind, OPERATOR};
pub use grpc::{AuthLayer, Authenticated, caller};
pub use identity::{ServiceIdentity, mint_operator};
pub use jwks::{AuthServiceKeys, KeySource};
pub use keys::{Claims, PLATFORM_KID, SigningKey, public_key_of};
pub use rest::OptionalCaller;
pub use settings::{Secret, Settings, TokenSettings};
pub use tls::TlsSettings;
pub use verifier::Verifier;
