//! `loadpath explain`: what a rule or a term means.

use anyhow::{anyhow, bail};

use super::rules::{self, Folders};
use super::{Context, Exit};
use crate::config::suggest;
use crate::knowledge::{self, Article};

/// Arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The id of a rule, the topic of an article, or a term
    #[arg(value_name = "RULE|TERM", required = true)]
    pub term: Vec<String>,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let term = args.term.join(" ");
    let rules = rules::load(&args.folders)?;
    let knowledge = knowledge::load_all(&[]).map_err(|errors| {
        anyhow!("load the articles:\n{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })?;
    let mut texts = Vec::new();
    if let Some(rule) = crate::rules::find(&rules, &term) {
        texts.push(rules::text(rule, context));
        let mut articles = knowledge.of_rule(&rule.id);
        articles.extend(rule.knowledge.as_deref().and_then(|topic| knowledge.find(topic)));
        articles.sort_by(|a, b| a.topic.cmp(&b.topic));
        articles.dedup_by(|a, b| a.topic == b.topic);
        texts.extend(articles.into_iter().map(|article| text(article, context)));
    } else {
        texts.extend(knowledge.named(&term).into_iter().map(|article| text(article, context)));
    }
    if texts.is_empty() {
        let near = knowledge.near(&term);
        if !near.is_empty() {
            bail!("explain `{term}`: no rule and no article goes by that name; did you mean `{}`?", near.join("`, `"));
        }
        let help = suggest::nearest(&term, rules.iter().map(|rule| &*rule.id))
            .map_or("`loadpath rules list` shows all rules".to_owned(), |id| format!("did you mean `{id}`?"));
        bail!("explain `{term}`: no rule and no article goes by that name; {help}");
    }
    write!(context.out, "{}", texts.join("\n"))?;
    Ok(Exit::Clean)
}

fn text(article: &Article, context: &Context<'_>) -> String {
    let mut text = format!("{}\n{}\n\n{}\n", context.bold(&article.title), article.summary, article.body);
    if !article.sources.is_empty() {
        text.push_str(&format!("\n{}\n", context.bold("Sources")));
        for source in &article.sources {
            text.push_str(&format!("- {source}\n"));
        }
    }
    text
}
