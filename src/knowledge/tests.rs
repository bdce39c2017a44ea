use super::*;

const POOLS: &str = "---\ntitle: Connection pools\nsummary: |\n  A pool is a queue.\n  It has a length.\naliases: [t-bouncer, T-Pool Exhaustion]\nrules: [pool/too-large]\nsources: [\"https://example.com/pools\"]\n---\n\n# Pools\n\nText.\n";
const RETRIES: &str = "---\r\ntitle: Retries\r\nsummary: More of them make it worse.\r\n---\r\nText.\r\n";

fn files(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_embedded_article_can_be_read() {
    let knowledge = load_all(&[]).unwrap();
    assert_eq!(knowledge.articles().len(), catalogue::embedded().len());
}

#[test]
fn an_article_is_found_by_topic_name_title_alias_and_rule() {
    let own = files(&[("x/t-retry/retries.md", RETRIES), ("knowledge/t-database/connection-pools.md", POOLS)]);
    let knowledge = load_all(&own).unwrap();
    let pools = knowledge.find("t-database/connection-pools").unwrap();
    assert_eq!((pools.category(), pools.name()), ("t-database", "connection-pools"));
    assert_eq!(pools.summary, "A pool is a queue. It has a length.");
    assert_eq!((pools.body.as_str(), pools.body_line), ("# Pools\n\nText.", 11));
    let topics = |term: &str| knowledge.named(term).iter().map(|article| article.topic.clone()).collect::<Vec<_>>();
    for term in ["T-database/connection-pools", "t-pool_exhaustion", "T-Bouncer", "t-Pool  exhaustion"] {
        assert_eq!(topics(term), ["t-database/connection-pools"], "{term}");
    }
    assert_eq!(topics("nothing of the kind"), [""; 0]);
    assert!(knowledge.near("t-buoncer").contains(&"t-database/connection-pools"));
    assert!(knowledge.near("t-pool exhaustoin").contains(&"t-database/connection-pools"));
    assert_eq!(knowledge.near(""), [""; 0]);
    assert_eq!(knowledge.of_rule("pool/too-large"), [pools]);
    assert_eq!(knowledge.find("t-retry/retries").unwrap().body, "Text.");
}

#[test]
fn a_teams_article_takes_the_place_of_one_with_the_same_topic() {
    let other = POOLS.replace("title: Connection pools", "title: Ours");
    let knowledge = load_all(&files(&[("t-a/b.md", POOLS), ("own/t-a/b.md", &other)])).unwrap();
    assert_eq!(knowledge.find("t-a/b").unwrap().title, "Ours");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = |path: &str, text: &str| load_all(&files(&[(path, text)])).unwrap_err()[0].to_string();
    assert!(wrong("a/b.md", "# Pools").starts_with("a/b.md:1:1: expected front matter"));
    assert!(wrong("a/b.md", "---\ntitle: x\n").starts_with("a/b.md:1:1: expected front matter"));
    let key = wrong("a/b.md", "---\ntitle: x\nsumary: y\n---\ntext");
    assert_eq!(key, "a/b.md:3:1: unknown key `sumary`; did you mean `summary`?");
    assert!(wrong("a/b.md", "---\ntitle: x\n---\ntext").contains("key `summary` is missing"));
    assert!(wrong("a/b.md", "---\ntitle: x\nsummary: y\n---\n\n").contains("the article is empty"));
    assert!(wrong("b.md", POOLS).contains("expected a path"));
    assert!(wrong("a/B c.md", POOLS).contains("expected a path"));
}
