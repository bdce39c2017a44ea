//! `--replicas` and `--load`: a project as if its manifests and settings said something else.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::config::yaml::At;
use crate::config::{Config, Load};
use crate::facts::Facts;
use crate::facts::deployment::Read;
use crate::graph::{Graph, find};
use crate::span::Span;

/// What is scaled.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Scale")]
pub struct Scale {
    /// As if a service had so many replicas: `cart=12`; may be repeated
    #[arg(long, value_name = "SERVICE=N")]
    pub replicas: Vec<String>,
    /// As if an entry point had so many requests per second: `CartService.GetCart=200`; may be repeated
    #[arg(long, value_name = "ENTRY=RPS")]
    pub load: Vec<String>,
}

impl Scale {
    /// Whether nothing is scaled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.replicas.is_empty() && self.load.is_empty()
    }

    /// Services with their replicas.
    ///
    /// # Errors
    /// When a name is not that of one service, or a number is none.
    pub fn replicas(&self, graph: &Graph) -> anyhow::Result<BTreeMap<usize, i64>> {
        let mut all = BTreeMap::new();
        for written in &self.replicas {
            let (name, number) = parts(written, "12")?;
            let replicas: i64 = number.parse().ok().filter(|number| *number >= 0).with_context(|| {
                format!("read the replicas `{written}`: expected a number behind `=`, such as `{name}=12`")
            })?;
            let Some(id) = graph.services.iter().position(|service| service.name == name) else {
                bail!("find the service `{name}`: {}", find::service_advice(graph, name))
            };
            all.insert(id, replicas);
        }
        Ok(all)
    }

    /// The facts and settings as if they said so.
    ///
    /// # Errors
    /// When a name is not known, or a number is none.
    pub fn applied(&self, facts: &Facts, graph: &Graph, config: &Config) -> anyhow::Result<(Facts, Config)> {
        let (mut facts, mut config) = (facts.clone(), config.clone());
        let asked = Span::line("--replicas", 1);
        for (service, replicas) in self.replicas(graph)? {
            for (environment, workload, _) in &graph.services[service].workloads {
                let environment = &mut facts.kubernetes[*environment];
                let workload = &mut environment.workloads[*workload];
                workload.replicas = Some(Read { value: replicas, at: asked.clone() });
                let meta = workload.meta.clone();
                environment
                    .autoscalers
                    .retain(|scaler| scaler.target_name != meta.name || scaler.meta.namespace != meta.namespace);
            }
        }
        for written in &self.load {
            let (name, number) = parts(written, "200")?;
            let rate: f64 =
                number.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0).with_context(|| {
                    format!("read the load `{written}`: expected requests per second behind `=`, such as `{name}=200`")
                })?;
            let [entry] = find::entries(graph, name)[..] else {
                let near = find::near(graph, name, 5);
                bail!("find one entry point `{name}`: did you mean `{}`?", near.join("`, `"))
            };
            let rate = At { value: rate, line: 0, column: 0 };
            let load = Load { rps: None, peak_rps: Some(rate) };
            config.load.insert(graph.entries[entry].id.clone(), load);
        }
        Ok((facts, config))
    }
}

/// The name and the number of `NAME=NUMBER`.
fn parts<'a>(written: &'a str, example: &str) -> anyhow::Result<(&'a str, &'a str)> {
    written
        .rsplit_once('=')
        .with_context(|| format!("read `{written}`: expected a name and a number, such as `{written}={example}`"))
}
