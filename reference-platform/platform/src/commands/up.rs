//! `up`: stores, migrations, services.

use anyhow::{Context as _, Result, ensure};

use super::Context;
use crate::services::{Phase, Replicas, Service};
use crate::topics::MAX_REPLICAS;

/// Options of `up`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many replicas a service has, as `auth=2`; can be given for several.
    #[arg(long, value_name = "SERVICE=COUNT", value_parser = replicas)]
    pub replicas: Vec<(&'static str, u16)>,
    /// Only these services; those that call another one find it down.
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', value_parser = name)]
    pub only: Vec<&'static str>,
    /// Where services and jobs send all their traces (OTLP over gRPC), until `down`.
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
}

/// Brings up what does not run and waits until all are healthy.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    let _exclusive = context.folder.exclusive()?;
    let replicas: Replicas = options.replicas.iter().copied().collect();
    let mut services = context.services();
    if !options.only.is_empty() {
        services = services.only(&options.only);
    }
    services.check_programs()?;
    if let Some(otlp) = &options.otlp {
        context.folder.update(|state| state.otlp = Some(otlp.clone()))?;
    }
    context.stores().await?.up(&context.progress).await?;
    services.migrate(Phase::Expand, &context.progress).await?;
    services.up(&replicas, &context.progress).await?;
    context.progress.say("The platform is up; `platform status` says where.");
    Ok(())
}

fn name(text: &str) -> Result<&'static str> {
    Ok(Service::named(text).with_context(|| format!("there is no service {text}"))?.name)
}

fn replicas(text: &str) -> Result<(&'static str, u16)> {
    let (name, count) = text.split_once('=').context("not of the form SERVICE=COUNT")?;
    let service = self::name(name)?;
    let count: u16 = count.parse().with_context(|| format!("{count} is no number of replicas"))?;
    ensure!((1..=MAX_REPLICAS).contains(&count), "a service has 1 to {MAX_REPLICAS} replicas");
    Ok((service, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_replicas_are_read() {
        assert_eq!(replicas("auth=2").unwrap(), ("auth", 2));
        assert_eq!(replicas("user-service=1").unwrap(), ("user", 1));
        for wrong in ["auth", "auth=", "auth=0", "auth=10", "kafka=1", "=1"] {
            assert!(replicas(wrong).is_err(), "{wrong}");
        }
    }
}
