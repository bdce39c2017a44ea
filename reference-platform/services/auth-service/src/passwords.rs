//! Argon2id. Each computation takes tens of milliseconds of one core and the memory that the settings name, so only a few run at a time,
//! away from the threads that serve; whoever waits too long is sent away. Their memory is kept for the next ones: given back and taken
//! again, it would be scattered over the heap and grow.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash};
use aws_lc_rs::rand;
use social_runtime::Error;
use tokio::sync::Semaphore;

use crate::domain::Secret;
use crate::settings::PasswordSettings;

/// Whoever waits longer than this for a turn is told to come back.
const MAX_WAIT: Duration = Duration::from_secs(3);
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

const SALT_BYTES: usize = 16;

/// Makes and checks hashes of passwords.
#[derive(Clone)]
pub struct Passwords {
    /// Of new hashes.
    params: Params,
    turns: Arc<Semaphore>,
    /// At most one for each turn.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Checked when there is no account, so that this takes as long as a wrong password.
    nobodys_hash: Secret,
}

impl Passwords {
    /// Computes one hash, so it takes a moment.
    pub fn new(settings: &PasswordSettings) -> anyhow::Result<Self> {
        let params =
            Params::new(settings.argon2_memory_kib, settings.argon2_iterations, 1, Some(Params::DEFAULT_OUTPUT_LEN))
                .map_err(|error| anyhow::anyhow!("parameters of Argon2: {error}"))?;
        let mut memory = Vec::new();
        let nobodys_hash = hash(&params, &Secret::random()?, &mut memory).context("Argon2")?;
        Ok(Self {
            params,
            turns: Arc::new(Semaphore::new(settings.password_concurrency)),
            memory: Arc::new(Mutex::new(vec![memory])),
            nobodys_hash,
        })
    }

    /// The hash of a password, with a new salt.
    pub async fn hash(&self, password: Secret) -> Result<Secret, Error> {
        let params = self.params.clone();
        self.compute(move |memory| hash(&params, &password, memory)).await
    }

    /// Whether the password is the one of the hash. Without a hash it takes as long and is false.
    pub async fn verify(&self, password: Secret, known: Option<Secret>) -> Result<bool, Error> {
        let exists = known.is_some();
        let expected = known.unwrap_or_else(|| self.nobodys_hash.clone());
        let equal = self.compute(move |memory| verify(&password, &expected, memory)).await?;
        Ok(equal && exists)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(MAX_WAIT, self.turns.clone().acquire_owned()).await;
        let Ok(turn) = turn else {
            return Err(Error::resource_exhausted("too many logins at the same time").retry_after(COME_BACK_AFTER));
        };
        let turn = turn.map_err(Error::internal)?;
        let kept = self.memory.clone();
        // The computation goes on when the caller has left, so it keeps its turn by itself.
        let work = move || {
            let mut memory = kept.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let result = work(&mut memory);
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            drop(turn);
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

fn hash(params: &Params, password: &Secret, memory: &mut Vec<Block>) -> Result<Secret, password_hash::Error> {
    let mut salt = [0; SALT_BYTES];
    rand::fill(&mut salt).map_err(|_| password_hash::Error::RngFailure)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(output(params, password, &salt, memory)?),
    };
    Ok(Secret::new(hash.to_string()))
}

/// The parameters are those of the hash, so that older hashes go on working.
fn verify(password: &Secret, expected: &Secret, memory: &mut Vec<Block>) -> Result<bool, password_hash::Error> {
    let expected = PasswordHash::new(expected.expose())?;
    let (Some(salt), Some(expected_output)) = (&expected.salt, &expected.hash) else {
        return Err(password_hash::Error::EncodingInvalid);
    };
    // The comparison takes the same time wherever they differ.
    Ok(output(&Params::try_from(&expected)?, password, salt, memory)? == *expected_output)
}

fn output(
    params: &Params,
    password: &Secret,
    salt: &[u8],
    memory: &mut Vec<Block>,
) -> Result<Output, password_hash::Error> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut buffer = [0; Output::MAX_LENGTH];
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let output = buffer.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(password.expose().as_bytes(), salt, output, &mut memory[..blocks])?;
    Ok(Output::new(output)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(concurrency: usize) -> Passwords {
        let settings =
            PasswordSettings { argon2_memory_kib: 64, argon2_iterations: 1, password_concurrency: concurrency };
        Passwords::new(&settings).unwrap()
    }

    fn secret(value: &str) -> Secret {
        Secret::new(value.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_of_the_hash_is_right() {
        let passwords = passwords(1);
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(passwords.verify(secret("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(secret("correct horsf"), Some(hash)).await.unwrap());
        assert!(!passwords.verify(secret("correct horse"), None).await.unwrap());
    }

    /// From the tests of the reference implementation of Argon2.
    #[tokio::test]
    async fn hashes_of_others_and_with_other_parameters_are_understood() {
        let other = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let passwords = passwords(1);
        assert!(passwords.verify(secret("password"), Some(secret(other))).await.unwrap());
        assert!(!passwords.verify(secret("Password"), Some(secret(other))).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_has_another_hash_each_time() {
        let passwords = passwords(2);
        let (one, other) = tokio::join!(passwords.hash(secret("a")), passwords.hash(secret("a")));
        assert_ne!(one.unwrap().expose(), other.unwrap().expose());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_sent_away() {
        let passwords = passwords(1);
        let _turn = passwords.turns.clone().acquire_owned().await.unwrap();
        assert!(passwords.hash(secret("a")).await.is_err());
    }
}
