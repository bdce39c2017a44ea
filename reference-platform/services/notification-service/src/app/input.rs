//! What must hold of a request before anything is done. Gives the request with its ids parsed.

use social_proto::notification::v1::{
    DeleteTemplateRequest, ListDeadLettersRequest, ListDevicesRequest, ListNotificationsRequest, ListTemplatesRequest,
    NotificationChannel, PutDeviceRequest, PutPreferencesRequest, PutTemplateRequest,
};
use social_runtime::Error;
use social_runtime::page::Query;
use social_runtime::validate::{TEXT, Validation};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::Kind;
use crate::domain::locale;
use crate::domain::push::Provider;
use crate::domain::quiet::{DAY, QuietHours};
use crate::domain::template::{MAX_BODY, MAX_TITLE, Template};
use crate::store::{DevicePosition, Preference, Preferences, TemplatePosition, TemplateRow};

const PAGE: u32 = 50;
const DEVICES_PAGE: u32 = 20;
const MAX_PAGE: u32 = 100;
const MAX_TOKEN: usize = 4096;

/// One id that is required.
pub fn id(field: &str, value: &str) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let id = check.uuid(field, value);
    check.finish().map(|()| id)
}

/// The notifications before one.
pub struct NotificationsPage {
    pub before: Uuid,
    pub size: usize,
    pub query: Query,
}

/// A page of notifications.
pub fn list_notifications(account_id: Uuid, request: &ListNotificationsRequest) -> Result<NotificationsPage, Error> {
    let size = page_size(request.page_size, PAGE)?;
    let query = Query::new("ListNotifications").with(account_id).with(request.unread_only);
    let before = query.cursor(&request.page_token)?.unwrap_or(Uuid::max());
    Ok(NotificationsPage { before, size, query })
}

/// A preference for each kind: those that are absent go on all ways.
pub fn put_preferences(request: &PutPreferencesRequest) -> Result<Preferences, Error> {
    let mut check = Validation::new();
    let given = check.present("preferences", request.preferences.as_ref()).cloned().unwrap_or_default();
    let mut of = Kind::ALL.map(|kind| Preference { kind, in_app: true, push: true });
    let mut seen = Vec::new();
    if check.list("preferences.preferences", &given.preferences, 0..=Kind::ALL.len()) {
        for (at, preference) in given.preferences.iter().enumerate() {
            let field = format!("preferences.preferences[{at}]");
            let Some(kind) = kind(&mut check, &format!("{field}.kind"), preference.kind) else { continue };
            check.check(&field, !seen.contains(&kind), "is about a kind that another one is about too");
            seen.push(kind);
            let channels = channels(&mut check, &format!("{field}.channels"), &preference.channels);
            if let Some(one) = of.iter_mut().find(|one| one.kind == kind) {
                (one.in_app, one.push) = channels;
            }
        }
    }
    let quiet_hours = given.quiet_hours.map(|hours| QuietHours {
        begin: minute(&mut check, "preferences.quiet_hours.begin_minute", hours.begin_minute),
        end: minute(&mut check, "preferences.quiet_hours.end_minute", hours.end_minute),
    });
    check.finish()?;
    Ok(Preferences { of: of.to_vec(), quiet_hours })
}

/// Whether in the application, and whether by push.
fn channels(check: &mut Validation, field: &str, channels: &[i32]) -> (bool, bool) {
    let (mut in_app, mut push) = (false, false);
    if check.list(field, channels, 0..=2) {
        for (at, channel) in channels.iter().enumerate() {
            match check.enumeration(&format!("{field}[{at}]"), *channel) {
                Some(NotificationChannel::InApp) => in_app = true,
                Some(NotificationChannel::Push) => push = true,
                Some(NotificationChannel::Unspecified) | None => {}
            }
        }
    }
    (in_app, push)
}

fn minute(check: &mut Validation, field: &str, value: i32) -> i16 {
    check.range(field, value, 0..=i32::from(DAY) - 1);
    i16::try_from(value).unwrap_or_default()
}

/// The device and its provider.
pub fn put_device(request: &PutDeviceRequest) -> Result<(Uuid, Provider), Error> {
    let mut check = Validation::new();
    let device_id = check.uuid("device_id", &request.device_id);
    let provider = Provider::from_number(request.provider);
    check.check("provider", provider.is_some(), "must be a provider of pushes");
    check.text("token", &request.token, 1..=MAX_TOKEN);
    check.characters("token", &request.token, TEXT);
    check.finish()?;
    Ok((device_id, provider.unwrap_or(Provider::Fcm)))
}

/// The devices after one.
pub struct DevicesPage {
    pub after: DevicePosition,
    pub size: usize,
    query: Query,
}

impl DevicesPage {
    /// The token of the page after this device.
    pub fn token(&self, update_time: OffsetDateTime, device_id: Uuid) -> String {
        self.query.token(&(micros(update_time), device_id))
    }
}

/// A page of devices.
pub fn list_devices(account_id: Uuid, request: &ListDevicesRequest) -> Result<DevicesPage, Error> {
    let size = page_size(request.page_size, DEVICES_PAGE)?;
    let query = Query::new("ListDevices").with(account_id);
    let after = match query.cursor::<(u64, Uuid)>(&request.page_token)? {
        None => DevicePosition::START,
        Some((micros, device_id)) => DevicePosition { update_time: time(micros)?, device_id },
    };
    Ok(DevicesPage { after, size, query })
}

/// The template with its language in the right spelling.
pub fn put_template(request: &PutTemplateRequest) -> Result<TemplateRow, Error> {
    let mut check = Validation::new();
    let given = check.present("template", request.template.as_ref()).cloned().unwrap_or_default();
    let kind = kind(&mut check, "template.kind", given.kind);
    let locale = language(&mut check, "template.locale", &given.locale);
    words(&mut check, "template.title", &given.title, MAX_TITLE);
    words(&mut check, "template.body", &given.body, MAX_BODY);
    check.finish()?;
    let kind = kind.unwrap_or(Kind::Followed).number();
    Ok(TemplateRow { kind, locale, title: given.title, body: given.body })
}

fn words(check: &mut Validation, field: &str, text: &str, most: usize) {
    check.text(field, text, 1..=most);
    check.characters(field, text, TEXT);
    // A text that is much too long is not read.
    if text.len() <= most * 4
        && let Err(mistake) = Template::parse(text)
    {
        check.violation(field, format!("character {}: {}", mistake.place, mistake.why));
    }
}

/// The templates after one.
pub struct TemplatesPage {
    pub kind: Option<Kind>,
    pub after: TemplatePosition,
    pub size: usize,
    pub query: Query,
}

/// A page of templates.
pub fn list_templates(request: &ListTemplatesRequest) -> Result<TemplatesPage, Error> {
    let mut check = Validation::new();
    let kind = if request.kind == 0 { None } else { kind(&mut check, "kind", request.kind) };
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListTemplates").with(request.kind);
    let (number, locale) = query.cursor::<(i16, String)>(&request.page_token)?.unwrap_or_default();
    // What a client made up may hold what the database does not take.
    let locale = if locale.is_empty() { locale } else { cursor_locale(&locale)? };
    Ok(TemplatesPage { kind, after: TemplatePosition { kind: number, locale }, size: size as usize, query })
}

fn cursor_locale(text: &str) -> Result<String, Error> {
    locale::canonical(text).ok_or_else(|| Error::invalid("page_token", "is not a token of this service"))
}

/// The kind and the language.
pub fn delete_template(request: &DeleteTemplateRequest) -> Result<(Kind, String), Error> {
    let mut check = Validation::new();
    let kind = kind(&mut check, "kind", request.kind);
    let locale = language(&mut check, "locale", &request.locale);
    check.finish()?;
    Ok((kind.unwrap_or(Kind::Followed), locale))
}

/// The dead letters after one.
pub struct DeadLettersPage {
    pub after: (OffsetDateTime, Uuid),
    pub size: usize,
    query: Query,
}

impl DeadLettersPage {
    /// The token of the page after this dead letter.
    pub fn token(&self, fail_time: OffsetDateTime, dead_letter_id: Uuid) -> String {
        self.query.token(&(micros(fail_time), dead_letter_id))
    }
}

/// A page of dead letters.
pub fn list_dead_letters(request: &ListDeadLettersRequest) -> Result<DeadLettersPage, Error> {
    let size = page_size(request.page_size, PAGE)?;
    let query = Query::new("ListDeadLetters");
    let after = match query.cursor::<(u64, Uuid)>(&request.page_token)? {
        None => (OffsetDateTime::UNIX_EPOCH, Uuid::nil()),
        Some((micros, dead_letter_id)) => (time(micros)?, dead_letter_id),
    };
    Ok(DeadLettersPage { after, size, query })
}

fn page_size(value: i32, default: u32) -> Result<usize, Error> {
    let mut check = Validation::new();
    let size = check.page_size("page_size", value, default, MAX_PAGE);
    check.finish().map(|()| size as usize)
}

fn kind(check: &mut Validation, field: &str, number: i32) -> Option<Kind> {
    let kind = Kind::from_number(number);
    check.check(field, kind.is_some(), "must be a kind of notification");
    kind
}

fn language(check: &mut Validation, field: &str, text: &str) -> String {
    let canonical = locale::canonical(text);
    check.check(field, canonical.is_some(), "must be a language tag of BCP 47, such as de-AT");
    canonical.unwrap_or_default()
}

/// Microseconds since 1970, as exact as the database is.
fn micros(time: OffsetDateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or_default()
}

fn time(micros: u64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|_| Error::invalid("page_token", "is not a token of this service"))
}
