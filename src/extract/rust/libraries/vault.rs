//! Vault: vaultrs, whose functions are each one request to the API of the server, and vaultrs-login, which logs in by them.

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Argument(0),
    give: "vaultrs::VaultClient",
    lazy: true,
    pool: false,
};

/// vaultrs.
pub static LIBRARY: Library = Library {
    name: "vaultrs",
    crates: &["vaultrs"],
    apis: &[
        api("VaultClientSettingsBuilder", &["default"], Act::Give("vaultrs::VaultClientSettingsBuilder")),
        api("VaultClientSettingsBuilder", &["address"], Act::Gather("address")),
        api("VaultClientSettingsBuilder", &["timeout"], Act::Set("timeout_ms", Unit::Duration)),
        api("VaultClientSettingsBuilder", &["*"], Act::Same),
        api("VaultClient", &["new"], Act::Custom(open)),
        api("", &["*"], Act::Custom(request)),
    ],
    macros: &[],
};

/// vaultrs-login: `UserpassLogin::new(user, password).login(&client, "userpass")`.
pub static LOGIN: Library = Library {
    name: "vaultrs-login",
    crates: &["vaultrs_login"],
    apis: &[
        api("UserpassLogin", &["new"], Act::Gather("user")),
        api("UserpassLogin", &["login"], Act::Custom(login)),
        api("AppRoleLogin", &["login"], Act::Custom(login)),
        api("AwsIamLogin", &["login"], Act::Custom(login)),
        api("KubernetesLogin", &["login"], Act::Custom(login)),
    ],
    macros: &[],
};

/// A method of login logs in at the mount that it is told; users have paths of their own.
fn login(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let user = call.receiver.as_ref()?.val.gathered("user").cloned();
    let path = [Value::Text("auth/".to_owned()), act::text(call, Where::Argument(1)), Value::Text("/login".to_owned())];
    let user = user.map(|user| [Value::Text("/".to_owned()), user]);
    let path = path.into_iter().chain(user.into_iter().flatten()).collect();
    Some(asked(eval, library, call, "POST", path))
}

/// Without an address, the crate takes that of a variable, and that of this machine without it (`client.rs`).
fn open(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let settings = call.arguments.first_mut()?;
    if settings.val.build.is_some() && settings.val.gathered("address").is_none() {
        let at = eval.place(call.at);
        let default = Some(Box::new(Value::Text("http://127.0.0.1:8200".to_owned())));
        let variable = Value::Variable { name: "VAULT_ADDR".to_owned(), default, at };
        settings.val = settings.val.clone().with_text("address", variable);
    }
    Some(act::open(eval, library, &OPEN, call))
}

/// `kv2::read(&client, "secret", "path")`
fn request(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    let module = path.strip_prefix("vaultrs::")?;
    let (.., verb, template) =
        REQUESTS.iter().find(|(of, function, ..)| *of == module && *function == call.name.as_str())?;
    run_steps(eval, call);
    let mut parts = Vec::new();
    for part in template.split('{') {
        match part.split_once('}') {
            Some((index, text)) => {
                let index = index.parse().map_or(Where::Nowhere, Where::Argument);
                parts.extend([act::text(call, index), Value::Text(text.to_owned())]);
            }
            None => parts.push(Value::Text(part.to_owned())),
        }
    }
    Some(asked(eval, library, call, verb, parts))
}

/// One request through the client that is the first argument, to a path below `/v1/`.
fn asked(eval: &mut Eval<'_, '_>, library: &Library, call: &LibraryCall, verb: &str, path: Vec<Value>) -> Val {
    let clients = call.arguments.first().map(|client| client.val.clients.clone()).unwrap_or_default();
    let server = match clients.as_slice() {
        [client] => client.address.clone(),
        _ => Value::Unknown("known only when it runs".to_owned()),
    };
    let url = concat([vec![server, Value::Text("/v1/".to_owned())], path].concat());
    eval.effect(What::Http { verb: verb.to_owned(), url }, library.name, clients, call.at, &call.want);
    Val::default()
}

/// Module, function, verb and path below `/v1/`, as the requests of vaultrs 0.8 state them (`src/api/**/requests.rs`);
/// numbers are arguments.
const REQUESTS: &[(&str, &str, &str, &str)] = &[
    ("kv1", "set", "POST", "{1}/{2}"),
    ("kv1", "get_raw", "GET", "{1}/{2}"),
    ("kv1", "get", "GET", "{1}/{2}"),
    ("kv1", "list", "LIST", "{1}/{2}"),
    ("kv1", "delete", "DELETE", "{1}/{2}"),
    ("kv2", "delete_latest", "DELETE", "{1}/data/{2}"),
    ("kv2", "delete_metadata", "DELETE", "{1}/metadata/{2}"),
    ("kv2", "delete_versions", "POST", "{1}/delete/{2}"),
    ("kv2", "destroy_versions", "POST", "{1}/destroy/{2}"),
    ("kv2", "list", "LIST", "{1}/metadata/{2}"),
    ("kv2", "read", "GET", "{1}/data/{2}"),
    ("kv2", "read_metadata", "GET", "{1}/metadata/{2}"),
    ("kv2", "read_version", "GET", "{1}/data/{2}"),
    ("kv2", "set", "POST", "{1}/data/{2}"),
    ("kv2", "set_with_options", "POST", "{1}/data/{2}"),
    ("kv2", "set_metadata", "POST", "{1}/metadata/{2}"),
    ("kv2", "undelete_versions", "POST", "{1}/undelete/{2}"),
    ("kv2::config", "read", "GET", "{1}/config"),
    ("kv2::config", "set", "POST", "{1}/config"),
    ("transit::key", "create", "POST", "{1}/keys/{2}"),
    ("transit::key", "read", "GET", "{1}/keys/{2}"),
    ("transit::key", "list", "LIST", "{1}/keys"),
    ("transit::key", "update", "POST", "{1}/keys/{2}/config"),
    ("transit::key", "delete", "DELETE", "{1}/keys/{2}"),
    ("transit::key", "rotate", "POST", "{1}/keys/{2}/rotate"),
    ("transit::key", "import", "POST", "{1}/keys/{2}/import"),
    ("transit::key", "import_version", "POST", "{1}/keys/{2}/import_version"),
    ("transit::key", "export", "GET", "{1}/export/{3}/{2}"),
    ("transit::key", "backup", "GET", "{1}/backup/{2}"),
    ("transit::key", "restore", "POST", "{1}/restore"),
    ("transit::key", "trim", "POST", "{1}/keys/{2}/trim"),
    ("transit::data", "encrypt", "POST", "{1}/encrypt/{2}"),
    ("transit::data", "decrypt", "POST", "{1}/decrypt/{2}"),
    ("transit::data", "rewrap", "POST", "{1}/rewrap/{2}"),
    ("transit::data", "sign", "POST", "{1}/sign/{2}"),
    ("transit::data", "verify", "POST", "{1}/verify/{2}"),
    ("transit::generate", "data_key", "POST", "{1}/datakey/{3}/{2}"),
    ("transit::generate", "random_bytes", "POST", "{1}/random"),
    ("transit::generate", "hash", "POST", "{1}/hash"),
    ("transit::generate", "hmac", "POST", "{1}/hmac/{2}"),
    ("transit::cache", "read", "GET", "{1}/cache-config"),
    ("transit::cache", "configure", "POST", "{1}/cache-config"),
    ("transit::wrapping_key", "get", "GET", "{1}/wrapping_key"),
    ("pki::cert", "generate", "POST", "{1}/issue/{2}"),
    ("pki::cert", "list", "LIST", "{1}/certs"),
    ("pki::cert", "read", "GET", "{1}/cert/{2}"),
    ("pki::cert", "revoke", "POST", "{1}/revoke"),
    ("pki::cert", "tidy", "POST", "{1}/tidy"),
    ("pki::cert::ca", "delete", "DELETE", "{1}/root"),
    ("pki::cert::ca", "generate", "POST", "{1}/root/generate/{2}"),
    ("pki::cert::ca", "sign", "POST", "{1}/sign/{2}"),
    ("pki::cert::ca", "sign_intermediate", "POST", "{1}/root/sign-intermediate"),
    ("pki::cert::ca", "sign_self_issued", "POST", "{1}/root/sign-self-issued"),
    ("pki::cert::ca", "submit", "POST", "{1}/config/ca"),
    ("pki::cert::ca::int", "generate", "POST", "{1}/intermediate/generate/{2}"),
    ("pki::cert::ca::int", "set_signed", "POST", "{1}/intermediate/set-signed"),
    ("pki::cert::ca::int", "cross_sign", "POST", "{1}/intermediate/cross-sign"),
    ("pki::cert::crl", "rotate", "GET", "{1}/crl/rotate"),
    ("pki::cert::crl", "read_config", "GET", "{1}/config/crl"),
    ("pki::cert::crl", "set_config", "POST", "{1}/config/crl"),
    ("pki::cert::urls", "read", "GET", "{1}/config/urls"),
    ("pki::cert::urls", "set", "POST", "{1}/config/urls"),
    ("pki::issuer", "list", "LIST", "{1}/issuers"),
    ("pki::issuer", "read", "GET", "{1}/issuer/{2}/json"),
    ("pki::issuer", "sign_intermediate", "POST", "{1}/issuer/{4}/sign-intermediate"),
    ("pki::issuer", "import", "POST", "{1}/issuers/import/bundle"),
    ("pki::issuer", "set_default", "POST", "{1}/config/issuers"),
    ("pki::issuer", "update", "POST", "{1}/issuer/{2}"),
    ("pki::issuer", "delete", "DELETE", "{1}/issuer/{2}"),
    ("pki::issuer::int", "generate", "POST", "{1}/issuers/generate/intermediate/{2}"),
    ("pki::role", "delete", "DELETE", "{1}/roles/{2}"),
    ("pki::role", "list", "LIST", "{1}/roles"),
    ("pki::role", "read", "GET", "{1}/roles/{2}"),
    ("pki::role", "set", "POST", "{1}/roles/{2}"),
    ("pki::key", "delete", "DELETE", "{1}/key/{2}"),
    ("sys", "health", "GET", "sys/health"),
    ("sys", "start_initialization", "POST", "sys/init"),
    ("sys", "seal", "PUT", "sys/seal"),
    ("sys", "unseal", "PUT", "sys/unseal"),
    ("sys::auth", "enable", "POST", "sys/auth/{1}"),
    ("sys::auth", "disable", "DELETE", "sys/auth/{1}"),
    ("sys::auth", "list", "GET", "sys/auth"),
    ("sys::mount", "enable", "POST", "sys/mounts/{1}"),
    ("sys::mount", "disable", "DELETE", "sys/mounts/{1}"),
    ("sys::mount", "get_configuration_of_a_secret_engine", "GET", "sys/mounts/{1}"),
    ("sys::mount", "list", "GET", "sys/mounts"),
    ("sys::remount", "remount", "POST", "sys/remount"),
    ("sys::remount", "remount_status", "GET", "sys/remount/status/{1}"),
    ("sys::policy", "delete", "DELETE", "sys/policy/{1}"),
    ("sys::policy", "list", "GET", "sys/policy"),
    ("sys::policy", "read", "GET", "sys/policy/{1}"),
    ("sys::policy", "set", "PUT", "sys/policy/{1}"),
    ("sys::wrapping", "lookup", "POST", "sys/wrapping/lookup"),
    ("sys::tools", "random", "POST", "sys/tools/random"),
    ("token", "lookup", "POST", "auth/token/lookup"),
    ("token", "lookup_accessor", "POST", "auth/token/lookup-accessor"),
    ("token", "lookup_self", "GET", "auth/token/lookup-self"),
    ("token", "new", "POST", "auth/token/create"),
    ("token", "new_orphan", "POST", "auth/token/create-orphan"),
    ("token", "new_role", "POST", "auth/token/create/{1}"),
    ("token", "renew", "POST", "auth/token/renew"),
    ("token", "renew_accessor", "POST", "auth/token/renew-accessor"),
    ("token", "renew_self", "POST", "auth/token/renew-self"),
    ("token", "revoke", "POST", "auth/token/revoke"),
    ("token", "revoke_accessor", "POST", "auth/token/revoke-accessor"),
    ("token", "revoke_orphan", "POST", "auth/token/revoke-orphan"),
    ("token", "revoke_self", "POST", "auth/token/revoke-self"),
    ("token", "tidy", "POST", "auth/token/tidy"),
    ("token::role", "delete", "DELETE", "auth/token/roles/{1}"),
    ("token::role", "list", "LIST", "auth/token/roles"),
    ("token::role", "read", "GET", "auth/token/roles/{1}"),
    ("token::role", "set", "POST", "auth/token/roles/{1}"),
    ("auth::approle", "login", "POST", "auth/{1}/login"),
    ("auth::approle", "tidy", "POST", "auth/{1}/tidy/secret-id"),
    ("auth::approle::role", "list", "LIST", "auth/{1}/role"),
    ("auth::approle::role", "read", "GET", "auth/{1}/role/{2}"),
    ("auth::approle::role", "set", "POST", "auth/{1}/role/{2}"),
    ("auth::approle::role", "delete", "DELETE", "auth/{1}/role/{2}"),
    ("auth::approle::role", "read_id", "GET", "auth/{1}/role/{2}/role-id"),
    ("auth::approle::role", "update_id", "POST", "auth/{1}/role/{2}/role-id"),
    ("auth::approle::role::secret", "custom", "POST", "auth/{1}/role/{2}/custom-secret-id"),
    ("auth::approle::role::secret", "delete", "POST", "auth/{1}/role/{2}/secret-id/destroy"),
    ("auth::approle::role::secret", "delete_accessor", "POST", "auth/{1}/role/{2}/secret-id-accessor/destroy"),
    ("auth::approle::role::secret", "generate", "POST", "auth/{1}/role/{2}/secret-id"),
    ("auth::approle::role::secret", "list", "LIST", "auth/{1}/role/{2}/secret-id"),
    ("auth::approle::role::secret", "read", "POST", "auth/{1}/role/{2}/secret-id/lookup"),
    ("auth::approle::role::secret", "read_accessor", "POST", "auth/{1}/role/{2}/secret-id-accessor/lookup"),
    ("auth::kubernetes", "configure", "POST", "auth/{1}/config"),
    ("auth::kubernetes", "read_config", "GET", "auth/{1}/config"),
    ("auth::kubernetes", "login", "POST", "auth/{1}/login"),
    ("auth::kubernetes::role", "list", "LIST", "auth/{1}/role"),
    ("auth::kubernetes::role", "read", "GET", "auth/{1}/role/{2}"),
    ("auth::kubernetes::role", "create", "POST", "auth/{1}/role/{2}"),
    ("auth::kubernetes::role", "delete", "DELETE", "auth/{1}/role/{2}"),
    ("auth::userpass", "login", "POST", "auth/{1}/login/{2}"),
    ("auth::userpass::user", "delete", "DELETE", "auth/{1}/users/{2}"),
    ("auth::userpass::user", "list", "LIST", "auth/{1}/users"),
    ("auth::userpass::user", "read", "GET", "auth/{1}/users/{2}"),
    ("auth::userpass::user", "set", "POST", "auth/{1}/users/{2}"),
    ("auth::userpass::user", "update_password", "POST", "auth/{1}/users/{2}/password"),
    ("auth::userpass::user", "update_policies", "POST", "auth/{1}/users/{2}/policies"),
    ("auth::oidc", "auth", "POST", "auth/{1}/oidc/auth_url"),
    ("auth::oidc", "callback", "GET", "auth/{1}/oidc/callback"),
    ("auth::oidc", "login", "POST", "auth/{1}/login"),
    ("auth::oidc::config", "read", "GET", "auth/{1}/config"),
    ("auth::oidc::config", "set", "POST", "auth/{1}/config"),
    ("auth::oidc::role", "delete", "DELETE", "auth/{1}/role/{2}"),
    ("auth::oidc::role", "list", "LIST", "auth/{1}/role"),
    ("auth::oidc::role", "read", "GET", "auth/{1}/role/{2}"),
    ("auth::oidc::role", "set", "POST", "auth/{1}/role/{2}"),
];
