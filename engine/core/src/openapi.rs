//! How values that are written by hand look in an OpenAPI document; the other types derive it.
//!
//! The bounds are those that parsing holds to, so that a client is told before it asks.

use std::borrow::Cow;

use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::geometry::{Point, Polygon};
use crate::ids::{DocumentId, ID_LEN_MAX, Sha256, TenantId, VendorId};
use crate::limits::ReviewLimits;
use crate::reason::Reason;

fn text(description: &str, pattern: &str, example: &str) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    text.pattern(Some(pattern)).examples([serde_json::json!(example)])
}

macro_rules! identifiers {
    ($($name:ident: $description:literal, $example:literal;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = text($description, "^[A-Za-z0-9._:-]+$", $example);
                text.min_length(Some(1)).max_length(Some(ID_LEN_MAX)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

identifiers! {
    TenantId: "Whose document it is.", "acme";
    VendorId: "The vendor who handed the document in.", "v-17";
    DocumentId: "The document, unique inside its tenant.", "invoice-2041";
}

impl PartialSchema for Sha256 {
    fn schema() -> RefOr<Schema> {
        let nothing = Self::of(b"").to_string();
        text("A SHA-256 digest in hexadecimal digits.", "^[0-9a-f]{64}$", &nothing).into()
    }
}

impl ToSchema for Sha256 {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Sha256")
    }
}

impl PartialSchema for Reason {
    fn schema() -> RefOr<Schema> {
        let pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)*$";
        let text = text("A stable code that says why.", pattern, "claim.total.mismatch");
        text.max_length(Some(ReviewLimits::REASON_LEN_MAX)).into()
    }
}

impl ToSchema for Reason {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Reason")
    }
}

fn of(count: usize, items: impl Into<RefOr<Schema>>, description: &str) -> Array {
    let array = ArrayBuilder::new().items(items.into()).description(Some(description));
    array.min_items(Some(count)).max_items(Some(count)).build()
}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number).build();
        Schema::from(of(2, Schema::from(number), "Pixels from the left edge and from the top."))
            .into()
    }
}

impl ToSchema for Point {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Point")
    }
}

impl PartialSchema for Polygon {
    fn schema() -> RefOr<Schema> {
        let corners = "Four corners, clockwise from the top left of the text.";
        Schema::from(of(4, Point::schema(), corners)).into()
    }
}

impl ToSchema for Polygon {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Polygon")
    }
}
