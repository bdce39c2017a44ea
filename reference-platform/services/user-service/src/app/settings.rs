//! Settings of the caller.

use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::App;
use crate::domain::settings::{self, MessagePolicy, Settings, SettingsChange};

/// Settings as their owner wants them. Only fields that are named beside them count.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsInput<'a> {
    pub locale: &'a str,
    pub time_zone: &'a str,
    pub discoverable: bool,
    /// The number of the contract.
    pub message_policy: i32,
}

impl App {
    /// The settings of the caller.
    pub async fn get_settings(&self, caller: Uuid) -> Result<Settings> {
        let found = self.store.settings(caller).await?;
        found.ok_or_else(|| Error::not_found("you have no profile yet"))
    }

    /// Changes the caller's settings in the named fields.
    pub async fn update_settings(
        &self,
        caller: Uuid,
        input: Option<SettingsInput<'_>>,
        fields: &[String],
    ) -> Result<Settings> {
        let mut request = Validation::new();
        let input = request.present("settings", input.as_ref()).copied().unwrap_or_default();
        let change = settings_change(&mut request, &input, fields);
        request.finish()?;
        Ok(self.store.change_settings(caller, &change).await?)
    }
}

fn settings_change(request: &mut Validation, input: &SettingsInput<'_>, fields: &[String]) -> SettingsChange {
    let mut change = SettingsChange::default();
    if !request.list("update_mask", fields, 1..=10) {
        return change;
    }
    for field in fields {
        match field.as_str() {
            "locale" => match settings::locale(input.locale) {
                Ok(locale) => change.locale = Some(locale),
                Err(why) => request.violation("settings.locale", why),
            },
            "time_zone" => match settings::time_zone(input.time_zone) {
                Ok(time_zone) => change.time_zone = Some(time_zone),
                Err(why) => request.violation("settings.time_zone", why),
            },
            "discoverable" => change.discoverable = Some(input.discoverable),
            "message_policy" => match MessagePolicy::from_number(input.message_policy) {
                Some(policy) => change.message_policy = Some(policy),
                None => request.violation("settings.message_policy", "must be one of the known policies"),
            },
            _ => request.violation("update_mask", "may name locale, time_zone, discoverable and message_policy"),
        }
    }
    change
}
