//! The platform's pair of keys, with which services and operators name themselves, and what else must be secret.

use std::fs;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use social_auth::{PLATFORM_KID, SigningKey};

use crate::folder::Folder;

/// Who issues tokens here.
pub const TOKEN_ISSUER: &str = "https://auth.social.example";
/// Whom tokens are for.
pub const TOKEN_AUDIENCE: &str = "social";

/// That of the platform in `folder`; made the first time, and the same until `down`.
pub fn platform_key(folder: &Folder) -> Result<SigningKey> {
    let directory = folder.data("keys");
    let path = directory.join("platform.pem");
    if let Ok(pem) = fs::read_to_string(&path) {
        return SigningKey::from_pem(PLATFORM_KID, &pem).with_context(|| format!("{} is damaged", path.display()));
    }
    let key = SigningKey::generate(PLATFORM_KID)?;
    fs::create_dir_all(&directory).with_context(|| format!("cannot make the folder {}", directory.display()))?;
    folder.write_secret(&path, &key.to_pem())?;
    Ok(key)
}

/// 32 random bytes in base64 by the name of what they are for; made the first time, and the same until `down`.
pub(crate) fn secret(folder: &Folder, name: &str) -> Result<String> {
    let directory = folder.data("keys");
    let path = directory.join(name);
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = STANDARD.encode(rand::random::<[u8; 32]>());
    fs::create_dir_all(&directory).with_context(|| format!("cannot make the folder {}", directory.display()))?;
    folder.write_secret(&path, &secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_secret() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let key = platform_key(&folder).unwrap();
        assert_eq!(platform_key(&folder).unwrap().public_pem(), key.public_pem());
        let mode = fs::metadata(folder.data("keys").join("platform.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn secrets_differ_and_stay() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let first = secret(&folder, "first").unwrap();
        assert_eq!(secret(&folder, "first").unwrap(), first);
        assert_ne!(secret(&folder, "second").unwrap(), first);
    }
}
