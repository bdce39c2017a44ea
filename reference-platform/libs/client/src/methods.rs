//! What the contracts say about their methods: which may be repeated, which are streams.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::method_options::IdempotencyLevel;

/// A method, as the contracts have it.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    /// The full name, as spans have it: `social.user.v1.UserService/GetProfile`.
    pub(crate) path: Arc<str>,
    /// The name within its service, as metrics have it.
    pub(crate) name: Arc<str>,
    /// Its repetition changes nothing more.
    pub(crate) repeatable: bool,
    /// One of its sides is a stream.
    pub(crate) streaming: bool,
}

impl Method {
    /// The method that a request of this path calls. One of no contract is taken for one that must not be repeated.
    pub(crate) fn of(path: &str) -> Self {
        let path = path.trim_start_matches('/');
        METHODS.get(path).cloned().unwrap_or_else(|| {
            let name = path.rsplit('/').next().unwrap_or(path);
            Self { path: path.into(), name: name.into(), repeatable: false, streaming: false }
        })
    }
}

static METHODS: LazyLock<HashMap<Arc<str>, Method>> = LazyLock::new(|| {
    // The build made the descriptors. Were they unreadable all the same, nothing would be repeated.
    let descriptors = FileDescriptorSet::decode(social_proto::DESCRIPTORS).unwrap_or_default();
    let mut methods = HashMap::new();
    for file in &descriptors.file {
        for service in &file.service {
            for method in &service.method {
                let path: Arc<str> = format!("{}.{}/{}", file.package(), service.name(), method.name()).into();
                let name = method.name().into();
                let level = method.options.as_ref().map(|options| options.idempotency_level()).unwrap_or_default();
                let repeatable = level != IdempotencyLevel::IdempotencyUnknown;
                let streaming = method.client_streaming() || method.server_streaming();
                methods.insert(path.clone(), Method { path, name, repeatable, streaming });
            }
        }
    }
    methods
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_say_what_may_be_repeated() {
        let of = |path| {
            let method = Method::of(path);
            (method.repeatable, method.streaming)
        };
        assert_eq!(of("/social.auth.v1.AuthService/GetJwks"), (true, false));
        assert_eq!(of("/social.auth.v1.AuthService/RevokeToken"), (true, false));
        assert_eq!(of("/social.auth.v1.AuthService/RefreshTokens"), (false, false));
        assert_eq!(of("/grpc.health.v1.Health/Check"), (false, false));
        assert!(METHODS.values().any(|method| method.streaming));
    }
}
