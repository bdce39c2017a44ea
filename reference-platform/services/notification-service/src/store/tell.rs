//! Makes notifications and their pushes. A fixed number of statements for any number of recipients, who are bounded by the caller.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use social_database::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Rules, devices};
use crate::domain::Kind;
use crate::domain::locale;
use crate::domain::template::{MAX_BODY, MAX_TITLE, Template, Values};

/// What is told.
pub(super) struct Telling<'a> {
    pub source_id: Uuid,
    pub kind: Kind,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub dedupe_key: &'a str,
    pub values: &'a Values,
}

impl Telling<'_> {
    /// After this a push is of no use.
    fn push_life(&self) -> Duration {
        match self.kind {
            Kind::Live => Duration::from_secs(3600),
            _ => Duration::from_secs(24 * 3600),
        }
    }
}

struct Recipient {
    user_id: Uuid,
    locale: String,
    in_app: bool,
    push: bool,
}

/// New notifications, one of each recipient.
#[derive(Default)]
struct Batch {
    ids: Vec<Uuid>,
    recipients: Vec<Uuid>,
    titles: Vec<String>,
    bodies: Vec<String>,
    in_app: Vec<bool>,
}

/// Tells each recipient (none comes twice) who wants to know it, and was not told the same before. Gives those in whose lists
/// something is new.
pub(super) async fn tell(
    tx: &mut PgConnection,
    rules: &Rules,
    telling: &Telling<'_>,
    recipients: &[Uuid],
) -> Result<Vec<Uuid>> {
    let mut recipients = willing(tx, telling, recipients).await?;
    let fresh = not_told(tx, telling, &recipients, rules.dedupe_window).await?;
    recipients.retain(|recipient| fresh.contains(&recipient.user_id));
    if recipients.is_empty() {
        return Ok(Vec::new());
    }
    let words = words(tx, telling, &recipients).await?;
    let mut batch = Batch::default();
    for recipient in &recipients {
        // There is always one in the default language.
        let Some((title, body)) = locale::fallbacks(&recipient.locale).into_iter().find_map(|tag| words.get(tag))
        else {
            continue;
        };
        batch.ids.push(Uuid::now_v7());
        batch.recipients.push(recipient.user_id);
        batch.titles.push(title.clone());
        batch.bodies.push(body.clone());
        batch.in_app.push(recipient.in_app);
    }
    insert(tx, telling, &batch).await?;
    let pushed: HashSet<Uuid> = recipients.iter().filter(|one| one.push).map(|one| one.user_id).collect();
    insert_deliveries(tx, rules, telling, &batch, &pushed).await?;
    metrics::counter!("notifications_created_total", "kind" => telling.kind.name()).increment(batch.ids.len() as u64);
    Ok(recipients.into_iter().filter(|recipient| recipient.in_app).map(|recipient| recipient.user_id).collect())
}

/// Those who want to be told of the kind, and of this actor. In the order of their ids, in which everybody locks.
async fn willing(tx: &mut PgConnection, telling: &Telling<'_>, recipients: &[Uuid]) -> Result<Vec<Recipient>> {
    let recipients = sqlx::query_as!(
        Recipient,
        r#"SELECT u.user_id AS "user_id!", coalesce(r.locale, 'en') AS "locale!",
                  coalesce(p.in_app, true) AS "in_app!", coalesce(p.push, true) AS "push!"
           FROM unnest($1::uuid[]) AS u (user_id)
           LEFT JOIN recipients r ON r.user_id = u.user_id
           LEFT JOIN preferences p ON p.user_id = u.user_id AND p.kind = $2
           WHERE (p.user_id IS NULL OR p.in_app OR p.push)
             AND NOT EXISTS (SELECT FROM erased e WHERE e.user_id = u.user_id OR e.user_id = $3)
             AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = u.user_id AND b.blocked_id = $3 AND b.blocks)
           ORDER BY u.user_id"#,
        recipients,
        telling.kind.number(),
        telling.actor_id
    )
    .fetch_all(tx)
    .await?;
    Ok(recipients)
}

/// Notes who is told, and gives those who were not told the same within the window.
async fn not_told(
    tx: &mut PgConnection,
    telling: &Telling<'_>,
    recipients: &[Recipient],
    window: Duration,
) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = recipients.iter().map(|recipient| recipient.user_id).collect();
    let fresh = sqlx::query_scalar!(
        "INSERT INTO told (recipient_id, dedupe_key, expire_time)
         SELECT u.user_id, $2, now() + make_interval(secs => $3) FROM unnest($1::uuid[]) AS u (user_id)
         ON CONFLICT (recipient_id, dedupe_key) DO UPDATE SET expire_time = EXCLUDED.expire_time
             WHERE told.expire_time <= now()
         RETURNING recipient_id",
        &ids,
        telling.dedupe_key,
        window.as_secs_f64()
    )
    .fetch_all(tx)
    .await?;
    Ok(fresh.into_iter().collect())
}

/// Title and body in each of the languages that the recipients need, as far as there is one.
async fn words(
    tx: &mut PgConnection,
    telling: &Telling<'_>,
    recipients: &[Recipient],
) -> Result<HashMap<String, (String, String)>> {
    let locales: HashSet<&str> = recipients.iter().flat_map(|one| locale::fallbacks(&one.locale)).collect();
    let locales: Vec<String> = locales.into_iter().map(str::to_owned).collect();
    let rows = sqlx::query!(
        "SELECT locale, title, body FROM templates WHERE kind = $1 AND locale = ANY($2)",
        telling.kind.number(),
        &locales
    )
    .fetch_all(tx)
    .await?;
    let rendered = rows.into_iter().filter_map(|row| {
        // What is stored was read before; should an older version not know a name, another language stands in.
        let (title, body) = (Template::parse(&row.title).ok()?, Template::parse(&row.body).ok()?);
        let words = (title.render(telling.values, MAX_TITLE), body.render(telling.values, MAX_BODY));
        Some((row.locale, words))
    });
    Ok(rendered.collect())
}

async fn insert(tx: &mut PgConnection, telling: &Telling<'_>, batch: &Batch) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notifications
             (notification_id, recipient_id, title, body, in_app, kind, actor_id, subject_id, source_id)
         SELECT n.notification_id, n.recipient_id, n.title, n.body, n.in_app, $6, $7, $8, $9
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[])
             AS n (notification_id, recipient_id, title, body, in_app)",
        &batch.ids,
        &batch.recipients,
        &batch.titles,
        &batch.bodies,
        &batch.in_app,
        telling.kind.number(),
        telling.actor_id,
        telling.subject_id,
        telling.source_id
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// One push for each device of those who want one, if its provider is switched on.
async fn insert_deliveries(
    tx: &mut PgConnection,
    rules: &Rules,
    telling: &Telling<'_>,
    batch: &Batch,
    pushed: &HashSet<Uuid>,
) -> Result<()> {
    let of: HashMap<Uuid, Uuid> = batch.recipients.iter().copied().zip(batch.ids.iter().copied()).collect();
    let users: Vec<Uuid> = batch.recipients.iter().copied().filter(|user_id| pushed.contains(user_id)).collect();
    let providers: Vec<i16> = rules.providers.iter().map(|provider| provider.number()).collect();
    let found = sqlx::query!(
        "SELECT user_id, device_id, provider FROM devices WHERE user_id = ANY($1) AND provider = ANY($2)
         ORDER BY user_id, device_id LIMIT $3 FOR KEY SHARE",
        &users,
        &providers,
        users.len() as i64 * devices::MOST
    )
    .fetch_all(&mut *tx)
    .await?;
    let (mut ids, mut notifications) = (Vec::new(), Vec::new());
    let (mut recipients, mut device_ids, mut providers) = (Vec::new(), Vec::new(), Vec::new());
    for device in found {
        let Some(notification_id) = of.get(&device.user_id) else { continue };
        ids.push(Uuid::now_v7());
        notifications.push(*notification_id);
        recipients.push(device.user_id);
        device_ids.push(device.device_id);
        providers.push(device.provider);
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO deliveries (delivery_id, notification_id, recipient_id, device_id, provider, expire_time)
         SELECT d.delivery_id, d.notification_id, d.recipient_id, d.device_id, d.provider,
                now() + make_interval(secs => $6)
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[])
             AS d (delivery_id, notification_id, recipient_id, device_id, provider)",
        &ids,
        &notifications,
        &recipients,
        &device_ids,
        &providers,
        telling.push_life().as_secs_f64()
    )
    .execute(tx)
    .await?;
    Ok(())
}
