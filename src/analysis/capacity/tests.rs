use super::memory::mebibytes;
use super::*;
use crate::facts::Facts;
use crate::graph::Graph;

fn figure(number: Option<i64>) -> Figure {
    number.map_or_else(|| Figure::missing("it", "say it"), |number| Figure::known(number, "here"))
}

fn share(demand: Option<i64>, each: i64, replicas: i64) -> Share {
    let (each, replicas) = (figure(Some(each)), figure(Some(replicas)));
    Share { service: 0, demand: figure(demand), each, replicas }
}

fn made(limit: Option<i64>, shares: Vec<Share>) -> Row {
    let (facts, config) = (Facts::default(), crate::config::Config::default());
    let mut graph = Graph::default();
    graph.services.push(crate::graph::Service { name: "cart".into(), ..Default::default() });
    let model = Model::new(&facts, &graph, &config, None);
    row(&model, Resource::Connections, "db".into(), figure(limit), shares)
}

#[test]
fn a_limit_is_met_where_the_headroom_ends() {
    // 4 replicas of 10 each, and 13 of others: 53 of 97. 44 left are 4 more replicas.
    let fits = made(Some(97), vec![share(Some(13), 13, 1), share(Some(40), 10, 4)]);
    assert_eq!((fits.stand(), fits.headroom(), fits.at_least), (Stand::Fits, Some(44), 53));
    assert_eq!(fits.shares[0].demand.number, Ok(40), "the largest goes first");
    assert_eq!(fits.met_at(&fits.shares[0]), Some(8));
    // 11 replicas would be 123: 26 too many are 3 replicas too many.
    let exceeds = made(Some(97), vec![share(Some(110), 10, 11), share(Some(13), 13, 1)]);
    assert_eq!((exceeds.stand(), exceeds.headroom()), (Stand::Exceeded, Some(-26)));
    assert_eq!(exceeds.met_at(&exceeds.shares[0]), Some(8));
}

#[test]
fn the_known_part_alone_can_exceed_and_never_clears() {
    let open = || share(None, 10, 1);
    assert_eq!(made(Some(97), vec![open(), share(Some(110), 10, 11)]).stand(), Stand::Exceeded);
    let unknown = made(Some(97), vec![open(), share(Some(40), 10, 4)]);
    assert_eq!((unknown.stand(), unknown.headroom(), unknown.met_at(&unknown.shares[0])), (Stand::Unknown, None, None));
    assert_eq!(unknown.missing().len(), 1);
    assert_eq!(made(None, vec![share(Some(40), 10, 4)]).stand(), Stand::Unknown);
}

#[test]
fn what_asks_for_nothing_meets_no_limit() {
    let row = made(Some(10), vec![share(Some(5), 0, 3)]);
    assert_eq!(row.met_at(&row.shares[0]), None);
}

#[test]
fn quantities_are_whole_mebibytes_rounded_up() {
    for (text, mib) in [
        ("512Mi", Some(512)),
        ("1Gi", Some(1024)),
        ("1.5Gi", Some(1536)),
        ("128M", Some(123)),
        ("1", Some(1)),
        ("134217728", Some(128)),
        ("300Ki", Some(1)),
        ("", None),
        ("much", None),
        ("1Zi", None),
    ] {
        assert_eq!(mebibytes(text), mib, "{text}");
    }
}
