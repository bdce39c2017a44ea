//! Rebuilds, for operators. They are of the replica that is asked.

use social_auth::{Caller, OPERATOR};
use social_events::replay;
use social_proto::search::v1::{
    GetRebuildRequest, GetRebuildResponse, Rebuild, RebuildState, StartRebuildRequest, StartRebuildResponse,
};
use social_runtime::validate::Validation;
use social_runtime::{Error, Result, timestamp};

use super::App;
use crate::consumers::TOPICS;
use crate::domain::time;
use crate::rebuilds::{self, State};

impl App {
    /// Begins to build the index anew.
    pub async fn start_rebuild(&self, caller: &Caller, request: StartRebuildRequest) -> Result<StartRebuildResponse> {
        caller.require_scope(OPERATOR)?;
        let mut checks = Validation::new();
        let request_id = checks.uuid("request_id", &request.request_id);
        checks.finish()?;
        if let Some(answer) = self.rebuilds.answer(request_id) {
            return Ok(StartRebuildResponse { rebuild: Some(to_contract(&answer)) });
        }
        if !self.library.is_complete() {
            return Err(Error::failed_precondition("the index is being built for the first time"));
        }
        let total = replay::count(&self.kafka, &TOPICS).await?;
        let rebuild = self.rebuilds.begin(request_id, total).await?;
        Ok(StartRebuildResponse { rebuild: Some(to_contract(&rebuild)) })
    }

    /// How far a rebuild is.
    pub async fn get_rebuild(&self, caller: &Caller, request: GetRebuildRequest) -> Result<GetRebuildResponse> {
        caller.require_scope(OPERATOR)?;
        let mut checks = Validation::new();
        let rebuild_id = checks.uuid("rebuild_id", &request.rebuild_id);
        checks.finish()?;
        let found = self.rebuilds.find(rebuild_id);
        let rebuild = found.ok_or_else(|| Error::not_found("this replica knows no such rebuild"))?;
        Ok(GetRebuildResponse { rebuild: Some(to_contract(&rebuild)) })
    }
}

fn to_contract(rebuild: &rebuilds::Rebuild) -> Rebuild {
    let state = match rebuild.state {
        State::Running => RebuildState::Running,
        State::Done => RebuildState::Done,
        State::Failed => RebuildState::Failed,
    };
    let count = |events| i64::try_from(events).unwrap_or(i64::MAX);
    Rebuild {
        rebuild_id: rebuild.rebuild_id.to_string(),
        state: state.into(),
        applied_count: count(rebuild.applied),
        total_count: count(rebuild.total),
        start_time: Some(timestamp::to_proto(time(rebuild.start))),
        end_time: rebuild.end.map(|end| timestamp::to_proto(time(end))),
    }
}
