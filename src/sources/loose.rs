//! What does a field say that is written in another way than it should be? Sites and their versions differ in how they write what
//! matters least: a list that is `null` and not empty, a count as a text, a number as a name. None of that is worth a post.
//!
//! A `null` is a field that is not there. A text that holds a number is one, and a number is a text where one is wanted. A count
//! below zero, by which some sites say that they do not tell, is zero.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Reads a value as what its reader wants it to be.
pub(super) fn loose<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Loose(value))
}

/// What a site calls an item: a text, or a number.
pub(super) fn called(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, or a text that holds one.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

struct Loose(Value);

impl Loose {
    /// The number that it is or holds, in whatever form.
    fn number(&self) -> Option<f64> {
        match &self.0 {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// The whole number that it is or holds.
    fn whole(&self) -> Option<i64> {
        let exact = match &self.0 {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and caps")]
        exact.or_else(|| self.number().filter(|number| number.fract() == 0.0).map(|number| number as i64))
    }
}

impl<'de> Deserializer<'de> for Loose {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(fields) => {
                let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
                visitor.visit_map(MapDeserializer::new(fields.map(|(name, value)| (name, Self(value)))))
            }
            other => other.deserialize_map(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Self))),
            other => other.deserialize_seq(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => visitor.visit_string(number.to_string()),
            other => other.deserialize_string(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let said = match &self.0 {
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" | "" => Some(false),
                _ => None,
            },
            Value::Number(_) => self.whole().map(|number| number != 0),
            _ => None,
        };
        match said {
            Some(said) => visitor.visit_bool(said),
            None => self.0.deserialize_bool(visitor),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let whole = self.whole().ok_or_else(|| Error::custom("it is no whole number"))?;
        visitor.visit_i64(whole)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let exact = number(&self.0).or_else(|| self.whole().map(|whole| u64::try_from(whole).unwrap_or(0)));
        visitor.visit_u64(exact.ok_or_else(|| Error::custom("it is no whole number"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.number().ok_or_else(|| Error::custom("it is no number"))?)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u128 f32 char str bytes byte_buf unit unit_struct tuple tuple_struct map
        identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Loose {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        id: String,
        #[serde(default)]
        tags: Vec<String>,
        likes: Option<u64>,
        score: Option<f64>,
        at: Option<i64>,
        #[serde(default)]
        is_bot: bool,
        within: Option<Box<Item>>,
        raw: Option<Value>,
    }

    fn item(id: &str) -> Item {
        Item {
            id: id.to_owned(),
            tags: Vec::new(),
            likes: None,
            score: None,
            at: None,
            is_bot: false,
            within: None,
            raw: None,
        }
    }

    #[test]
    fn a_field_that_is_written_otherwise_says_the_same() {
        let read = |value: Value| loose::<Item>(value).map_err(|error| error.to_string());
        let nulls =
            json!({ "id": 7, "tags": null, "likes": null, "is_bot": null, "within": null, "raw": null });
        assert_eq!(read(nulls), Ok(item("7")));
        let texts = json!({ "id": "7", "likes": " 12 ", "score": "4.5", "at": "-3", "is_bot": "Yes" });
        let expect = Item { likes: Some(12), score: Some(4.5), at: Some(-3), is_bot: true, ..item("7") };
        assert_eq!(read(texts), Ok(expect));
        let within = json!({ "id": "7", "likes": -1, "at": 12.0, "within": { "id": 8, "tags": [1, "b"], "likes": u64::MAX },
            "raw": { "a": null } });
        let inner = Item { tags: vec!["1".to_owned(), "b".to_owned()], likes: Some(u64::MAX), ..item("8") };
        let raw = Some(json!({ "a": null }));
        let expect = Item { likes: Some(0), at: Some(12), within: Some(Box::new(inner)), raw, ..item("7") };
        assert_eq!(read(within), Ok(expect));
    }

    #[test]
    fn what_says_something_else_is_still_refused() {
        for value in [
            json!({ "tags": [] }),
            json!({ "id": null }),
            json!({ "id": true }),
            json!({ "id": "7", "likes": "many" }),
            json!({ "id": "7", "at": 1.5 }),
            json!({ "id": "7", "score": "NaN" }),
            json!({ "id": "7", "tags": "a" }),
            json!({ "id": "7", "is_bot": "perhaps" }),
            json!(["7"]),
            json!("7"),
            json!(null),
        ] {
            assert!(loose::<Item>(value.clone()).is_err(), "{value}");
        }
    }
}
