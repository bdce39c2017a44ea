//! What events of a name look like, and which versions may follow each other.

use std::collections::HashSet;

use social_runtime::validate::{HANDLE, Validation};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Properties of a schema, and of an event.
pub const MOST_PROPERTIES: usize = 50;
/// Names of schemas and properties, in characters.
const LONGEST_NAME: usize = 60;
/// Versions of one schema.
const MOST_VERSIONS: i32 = 1000;

/// One version. Properties are in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub name: String,
    pub version: i32,
    pub properties: Vec<Property>,
}

/// A property of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
}

/// How the text of a property is read. The numbers are those of the contract and of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text = 1,
    /// Decimal, 64 bits.
    Integer = 2,
    /// Finite.
    Number = 3,
    /// "true" or "false".
    Bool = 4,
    /// RFC 3339.
    Timestamp = 5,
}

impl Kind {
    /// The number of this kind.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether a text can be read as this.
    pub fn admits(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Bool => matches!(text, "true" | "false"),
            Self::Timestamp => OffsetDateTime::parse(text, &Rfc3339).is_ok(),
        }
    }

    /// What such a text is, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "an integer of 64 bits",
            Self::Number => "a finite number",
            Self::Bool => "true or false",
            Self::Timestamp => "a time as in RFC 3339",
        }
    }
}

impl TryFrom<i32> for Kind {
    type Error = ();

    fn try_from(number: i32) -> Result<Self, ()> {
        match number {
            1 => Ok(Self::Text),
            2 => Ok(Self::Integer),
            3 => Ok(Self::Number),
            4 => Ok(Self::Bool),
            5 => Ok(Self::Timestamp),
            _ => Err(()),
        }
    }
}

/// Checks the name of a schema.
pub fn check_name(request: &mut Validation, field: &str, name: &str) {
    request.text(field, name, 1..=LONGEST_NAME);
    request.characters(field, name, HANDLE);
}

impl Schema {
    /// A schema as somebody wants it: properties are name, number of the kind, required.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with all that is wrong.
    pub fn new(name: String, version: i32, properties: Vec<(String, i32, bool)>) -> social_runtime::Result<Self> {
        let mut request = Validation::new();
        check_name(&mut request, "schema.name", &name);
        request.range("schema.version", version, 1..=MOST_VERSIONS);
        let mut checked = Vec::new();
        if request.list("schema.properties", &properties, 0..=MOST_PROPERTIES) {
            let mut names = HashSet::new();
            for (index, (name, kind, required)) in properties.into_iter().enumerate() {
                let field = format!("schema.properties[{index}]");
                check_name(&mut request, &format!("{field}.name"), &name);
                let kind = request.enumeration::<Kind>(&format!("{field}.type"), kind);
                request.check(&format!("{field}.name"), names.insert(name.clone()), "is there twice");
                checked.extend(kind.map(|kind| Property { name, kind, required }));
            }
        }
        request.finish()?;
        checked.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { name, version, properties: checked })
    }

    /// The property of a name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let at = self.properties.binary_search_by(|property| property.name.as_str().cmp(name)).ok()?;
        self.properties.get(at)
    }

    /// Why `next` may not be the version after this one: it can only add optional properties.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn check_successor(&self, next: &Self) -> Result<(), String> {
        for old in &self.properties {
            match next.property(&old.name) {
                None => return Err(format!("{} is not there any more", old.name)),
                Some(new) if new != old => return Err(format!("{} is another one than before", old.name)),
                Some(_) => {}
            }
        }
        let added = next.properties.iter().find(|new| new.required && self.property(&new.name).is_none());
        added.map_or(Ok(()), |new| Err(format!("{} is added and required", new.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(version: i32, properties: &[(&str, i32, bool)]) -> social_runtime::Result<Schema> {
        let properties = properties.iter().map(|(name, kind, required)| ((*name).to_owned(), *kind, *required));
        Schema::new("post_viewed".to_owned(), version, properties.collect())
    }

    #[test]
    fn the_order_of_properties_means_nothing() {
        let (one, other) = ([("a", 1, true), ("b", 2, false)], [("b", 2, false), ("a", 1, true)]);
        assert_eq!(schema(1, &one).unwrap(), schema(1, &other).unwrap());
    }

    #[test]
    fn a_version_can_only_add_optional_properties() {
        let first = schema(1, &[("a", 1, true)]).unwrap();
        let follows = |properties: &[_]| first.check_successor(&schema(2, properties).unwrap()).is_ok();
        assert!(follows(&[("a", 1, true)]));
        assert!(follows(&[("a", 1, true), ("b", 2, false)]));
        assert!(!follows(&[("a", 1, true), ("b", 2, true)]));
        assert!(!follows(&[("a", 2, true)]));
        assert!(!follows(&[("a", 1, false)]));
        assert!(!follows(&[("b", 1, false)]));
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let refused = schema(0, &[("", 1, true), ("A", 9, true), ("a", 1, true), ("a", 0, true)]).unwrap_err();
        let fields: Vec<_> = refused.field_violations().iter().map(|one| one.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "schema.version",
                "schema.properties[0].name",
                "schema.properties[1].name",
                "schema.properties[1].type",
                "schema.properties[3].type",
                "schema.properties[3].name"
            ]
        );
        assert!(schema(1, &vec![("a", 1, true); 51]).is_err());
    }

    #[test]
    fn texts_are_read_by_their_kind() {
        for (kind, right, wrong) in [
            (Kind::Integer, "-9223372036854775808", "9223372036854775808"),
            (Kind::Number, "1e3", "inf"),
            (Kind::Bool, "true", "True"),
            (Kind::Timestamp, "2026-11-30T10:00:00.5Z", "2026-11-30"),
        ] {
            assert!(kind.admits(right) && !kind.admits(wrong), "{kind:?}");
        }
    }
}
