//! An event of a client and whether it may come in.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::schema::{MOST_PROPERTIES, Schema};

/// Events of one message.
pub const MOST_EVENTS: usize = 500;
/// The text of a property, in bytes.
const LONGEST_VALUE: usize = 2000;
/// How far from now the clock of a client may be, in either direction.
const FARTHEST: Duration = Duration::days(7);

/// The schema of requests, of which the RED metrics are made. Nobody but callers with a token can send them.
pub const REQUEST_SERVED: &str = "request_served";
/// The schema of watching, in which clients tell how many seconds of a stream they have shown.
pub const STREAM_WATCHED: &str = "stream_watched";

/// What a client tells.
#[derive(Clone, Debug)]
pub struct ClientEvent {
    /// As it came.
    pub event_id: String,
    pub name: String,
    pub schema_version: i32,
    /// `None` where it is none.
    pub occur_time: Option<OffsetDateTime>,
    pub properties: HashMap<String, String>,
}

/// What of an event is known to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    pub event_id: Uuid,
    pub occur_time: OffsetDateTime,
}

impl ClientEvent {
    /// Whether this may come in: `schema` is the one that it names, `known` whether its sender is.
    ///
    /// # Errors
    /// Why not, for developers.
    pub fn check(&self, schema: Option<&Schema>, known: bool, now: OffsetDateTime) -> Result<Checked, String> {
        let event_id = Uuid::try_parse(&self.event_id).map_err(|_| "event_id: must be a UUID".to_owned())?;
        let occur_time = self.occur_time.ok_or("occur_time: must be a time")?;
        if occur_time < now - FARTHEST {
            return Err("occur_time: is more than 7 days ago".to_owned());
        }
        if occur_time > now + FARTHEST {
            return Err("occur_time: is more than 7 days ahead".to_owned());
        }
        let schema = schema.ok_or("name, schema_version: there is no such schema")?;
        if self.name == REQUEST_SERVED && !known {
            return Err("name: only callers with a token can tell this".to_owned());
        }
        self.check_properties(schema)?;
        Ok(Checked { event_id, occur_time })
    }

    fn check_properties(&self, schema: &Schema) -> Result<(), String> {
        if self.properties.len() > MOST_PROPERTIES {
            return Err(format!("properties: are more than {MOST_PROPERTIES}"));
        }
        for (name, text) in &self.properties {
            let Some(property) = schema.property(name) else {
                return Err("properties: the schema does not have all of them".to_owned());
            };
            if text.len() > LONGEST_VALUE {
                return Err(format!("properties.{name}: has more than {LONGEST_VALUE} bytes"));
            }
            if !property.kind.admits(text) {
                return Err(format!("properties.{name}: must be {}", property.kind.words()));
            }
        }
        let missing = schema.properties.iter().find(|one| one.required && !self.properties.contains_key(&one.name));
        missing.map_or(Ok(()), |one| Err(format!("properties.{}: is required", one.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let properties = vec![("post_id".to_owned(), 1, true), ("seconds".to_owned(), 3, false)];
        Schema::new("post_viewed".to_owned(), 1, properties).unwrap()
    }

    fn event(properties: &[(&str, &str)]) -> ClientEvent {
        ClientEvent {
            event_id: "0190B7E4-0000-7000-8000-000000000001".to_owned(),
            name: "post_viewed".to_owned(),
            schema_version: 1,
            occur_time: Some(OffsetDateTime::UNIX_EPOCH),
            properties: properties.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        }
    }

    fn reason(event: &ClientEvent) -> String {
        event.check(Some(&schema()), true, OffsetDateTime::UNIX_EPOCH).unwrap_err()
    }

    #[test]
    fn what_fits_its_schema_may_come_in() {
        let right = event(&[("post_id", "p"), ("seconds", "2.5")]);
        let checked = right.check(Some(&schema()), false, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(checked.event_id.to_string(), "0190b7e4-0000-7000-8000-000000000001");
    }

    #[test]
    fn each_rule_has_its_reason() {
        assert_eq!(reason(&event(&[])), "properties.post_id: is required");
        assert_eq!(
            reason(&event(&[("post_id", "p"), ("seconds", "x")])),
            "properties.seconds: must be a finite number"
        );
        assert_eq!(reason(&event(&[("other", "p")])), "properties: the schema does not have all of them");
        assert_eq!(reason(&event(&[("post_id", &"p".repeat(2001))])), "properties.post_id: has more than 2000 bytes");
        let right = event(&[("post_id", "p")]);
        assert_eq!(reason(&ClientEvent { event_id: "x".to_owned(), ..right.clone() }), "event_id: must be a UUID");
        assert_eq!(reason(&ClientEvent { occur_time: None, ..right.clone() }), "occur_time: must be a time");
        let at = |days| Some(OffsetDateTime::UNIX_EPOCH + Duration::days(days) + Duration::seconds(days.signum()));
        assert_eq!(reason(&ClientEvent { occur_time: at(-7), ..right.clone() }), "occur_time: is more than 7 days ago");
        assert_eq!(
            reason(&ClientEvent { occur_time: at(7), ..right.clone() }),
            "occur_time: is more than 7 days ahead"
        );
        assert!(right.check(None, true, OffsetDateTime::UNIX_EPOCH).is_err());
        let request = ClientEvent { name: REQUEST_SERVED.to_owned(), ..right };
        assert!(request.check(Some(&schema()), false, OffsetDateTime::UNIX_EPOCH).is_err());
    }
}
