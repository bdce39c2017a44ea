//! Analytics queries.

use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use time::{Duration, OffsetDateTime};

use super::{App, Listed};
use crate::domain::metric::{ProductMetric, RedPoint};
use crate::domain::window::Window;
use crate::facts;

/// A time as somebody asks for it; what is absent or no time is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WindowInput {
    pub begin: Option<OffsetDateTime>,
    pub end: Option<OffsetDateTime>,
    pub step: Option<Duration>,
}

impl App {
    /// Rate, errors and duration by step and service, where there were requests.
    pub async fn red_metrics(
        &self,
        window: WindowInput,
        service: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Window, Listed<RedPoint>)> {
        let mut request = Validation::new();
        let window = Window::check(&mut request, window.begin, window.end, window.step);
        request.text("service", service, 0..=60);
        let size = request.page_size("page_size", page_size, 1000, 10_000);
        request.finish()?;
        let query = Query::new("QueryRedMetrics").with(window.begin_us).with(window.end_us).with(window.step_us);
        let query = query.with(service);
        let after: Option<(i64, String)> = query.cursor(page_token)?;
        if after.as_ref().is_some_and(|(step, _)| !(0..window.steps()).contains(step)) {
            return Err(Error::invalid("page_token", "is not a token of this service"));
        }
        let mut entries = self.store.red(&window, service, after.as_ref(), size + 1).await?;
        let more = entries.len() > size as usize;
        entries.truncate(size as usize);
        let last = entries.last().filter(|_| more);
        let next_page_token = last.map(|last| query.token(&(last.step, &last.service))).unwrap_or_default();
        Ok((window, Listed { entries, next_page_token }))
    }

    /// A number of the product in each step.
    pub async fn product_metric(&self, metric: i32, window: WindowInput) -> Result<(Window, Vec<f64>)> {
        let mut request = Validation::new();
        let metric = request.enumeration::<ProductMetric>("metric", metric);
        let window = Window::check(&mut request, window.begin, window.end, window.step);
        request.finish()?;
        let Some(metric) = metric else { return Err(Error::invalid("metric", "is required")) };
        let found = match metric {
            ProductMetric::ActiveUsers => self.store.active_users(&window).await?,
            ProductMetric::Registrations => self.store.count(facts::ACCOUNT_REGISTERED, &window).await?,
            ProductMetric::Posts => self.store.count(facts::POST_PUBLISHED, &window).await?,
            ProductMetric::Reactions => self.store.count(facts::REACTION_SET, &window).await?,
            ProductMetric::Messages => self.store.count(facts::MESSAGE_SENT, &window).await?,
            ProductMetric::MinutesWatched => self.store.minutes_watched(&window).await?,
        };
        let mut values = vec![0.0; usize::try_from(window.steps()).unwrap_or_default()];
        for (step, value) in found {
            if let Some(place) = usize::try_from(step).ok().and_then(|step| values.get_mut(step)) {
                *place = value;
            }
        }
        Ok((window, values))
    }
}
