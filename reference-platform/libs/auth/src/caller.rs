//! Who calls, as a verified token says.

use std::fmt;

use social_runtime::Error;
use uuid::Uuid;

use crate::Claims;

/// Scope of services that act on their own.
pub const INTERNAL: &str = "internal";
/// Scope of operators.
pub const OPERATOR: &str = "operator";

/// Who calls. Only a verifier makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// Which kind of caller.
    pub kind: Kind,
    /// What the token allows.
    pub scopes: Vec<String>,
    token: String,
}

/// The kinds of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An end user.
    User {
        /// The account.
        account_id: Uuid,
        /// The session that the token belongs to.
        session_id: Uuid,
    },
    /// A service that acts on its own, by its name.
    Service(String),
    /// An operator, by name.
    Operator(String),
}

impl Caller {
    /// The account of the user; PERMISSION_DENIED for services and operators, which have none.
    pub fn account_id(&self) -> Result<Uuid, Error> {
        match self.kind {
            Kind::User { account_id, .. } => Ok(account_id),
            Kind::Service(_) | Kind::Operator(_) => {
                Err(Error::permission_denied("only for users").with_reason("USER_REQUIRED"))
            }
        }
    }

    /// The session of the user; PERMISSION_DENIED for services and operators.
    pub fn session_id(&self) -> Result<Uuid, Error> {
        match self.kind {
            Kind::User { session_id, .. } => Ok(session_id),
            Kind::Service(_) | Kind::Operator(_) => {
                Err(Error::permission_denied("only for users").with_reason("USER_REQUIRED"))
            }
        }
    }

    /// PERMISSION_DENIED unless the token has the scope.
    pub fn require_scope(&self, scope: &str) -> Result<(), Error> {
        if self.scopes.iter().any(|granted| granted == scope) {
            return Ok(());
        }
        Err(Error::permission_denied(format!("the scope {scope:?} is required")).with_reason("SCOPE_REQUIRED"))
    }

    /// The token, to be passed on to services that are called for this caller.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The caller of a token that a key of auth-service signed: a user, whatever it says.
    pub(crate) fn user(claims: &Claims, token: &str) -> Option<Self> {
        let kind = Kind::User { account_id: claims.sub.parse().ok()?, session_id: claims.sid? };
        let mut scopes = scopes(claims);
        scopes.retain(|scope| scope != INTERNAL && scope != OPERATOR);
        Some(Self { kind, scopes, token: token.to_owned() })
    }

    /// The caller of a token that the platform's key signed: a service or an operator.
    pub(crate) fn platform(claims: &Claims, token: &str) -> Option<Self> {
        let kind = match claims.sub.split_once(':')? {
            ("service", name) => Kind::Service(name.to_owned()),
            ("operator", name) => Kind::Operator(name.to_owned()),
            _ => return None,
        };
        Some(Self { kind, scopes: scopes(claims), token: token.to_owned() })
    }
}

fn scopes(claims: &Claims) -> Vec<String> {
    claims.scope.split_whitespace().map(str::to_owned).collect()
}

/// Without the token.
impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Caller").field("kind", &self.kind).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}
