//! Findings in the order of their importance, for outputs that must leave some out.

use std::cmp::Reverse;

use crate::findings::Finding;

/// What findings are ordered by: the worst first, then the surest, then by place. Which ones a limit cuts off is the
/// same in every run.
pub(super) fn importance(finding: &Finding) -> impl Ord + '_ {
    (Reverse(finding.severity), finding.precision, &finding.span, &finding.rule, &finding.entity)
}

/// The findings in this order.
pub(super) fn most_important_first<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut ordered: Vec<&Finding> = findings.into_iter().collect();
    ordered.sort_by(|a, b| importance(a).cmp(&importance(b)));
    ordered
}
