//! The OpenAPI document and the server say the same: each route is described, each description is
//! served, and whatever any test here is answered is one of the answers that the document names.

use std::path::PathBuf;
use std::sync::LazyLock;

use ivendor_api::openapi::document;
use ivendor_settings::ReviewSettings;
use jsonschema::Validator;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Answer, Ask, Desk};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(document()).unwrap());

/// What a schema inside the document says, with everything that it refers to.
fn validator(schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = DOCUMENT["components"].clone();
    jsonschema::validator_for(&whole).unwrap()
}

fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let found = validator(schema);
    found.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// The path of the document that an address belongs to, literal parts before parameters.
fn path_of(address: &str) -> Option<&'static str> {
    let address = address.split('?').next().unwrap_or_default();
    let is_it = |path: &str| {
        let (wanted, found): (Vec<_>, Vec<_>) =
            (path.split('/').collect(), address.split('/').collect());
        wanted.len() == found.len()
            && wanted.iter().zip(&found).all(|(w, f)| w == f || w.starts_with('{') && !f.is_empty())
    };
    let paths = DOCUMENT["paths"].as_object().unwrap().keys().map(String::as_str);
    paths.filter(|path| is_it(path)).min_by_key(|path| path.matches('{').count())
}

/// Fails where the document does not name this answer to this request. Addresses and methods that
/// are none of the API's are not looked at.
pub(crate) fn check(method: &Method, address: &str, answer: &Answer) {
    let Some(path) = path_of(address) else { return };
    let operation = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
    if operation.is_null() {
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        return;
    }
    let named = &operation["responses"][answer.status.as_str()];
    assert!(!named.is_null(), "{method} {path} is not said to answer {answer:?}");
    let kind = answer.kind.split(';').next().unwrap_or_default();
    let Some(content) = named["content"].as_object() else {
        assert_eq!(kind, "", "{method} {path} {}: no body is named", answer.status);
        return;
    };
    let schema = content.get(kind).map(|content| &content["schema"]);
    let schema = schema.unwrap_or_else(|| panic!("{method} {path} {}: {kind}", answer.status));
    if kind.ends_with("json") {
        let found = problems(schema, &answer.body);
        assert!(found.is_empty(), "{method} {path} {}: {found:?}", answer.status);
    }
}

/// Every operation: its path, its method, and what is said of it.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The document as it was reviewed. Record a new one with
/// `IVENDOR_RECORD=1 cargo test --release -p ivendor-api --test api golden`.
#[test]
fn the_document_is_the_golden_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/openapi.json");
    if std::env::var_os("IVENDOR_RECORD").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let same = golden == document();
    assert!(same, "the API has changed: record it with IVENDOR_RECORD=1 if this is meant");
}

#[tokio::test]
async fn what_is_described_is_served_and_no_other_method_is() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let mut count = 0;
    for path in DOCUMENT["paths"].as_object().unwrap().keys() {
        let address =
            path.replace("{tenant}", "acme").replace("{case}", "c").replace("{page}", "1");
        let address = address.replace("{document}", "d");
        assert!(!address.contains('{'), "{address}: what is to be put in?");
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let said = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
            let (path, body) = (address.clone(), Some("{}".to_owned()));
            let method_of = method.clone();
            let answer =
                desk.ask(Ask { method: method_of, path, token: None, headers: vec![], body }).await;
            let is_served = !matches!(answer.status.as_u16(), 404 | 405);
            assert_eq!(is_served, !said.is_null(), "{method} {address}: {answer:?}");
            count += usize::from(is_served);
        }
    }
    assert_eq!(count, operations().count());
    assert!(count > 15, "only {count}");
}

#[test]
fn no_route_is_added_without_its_description() {
    let routes = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/routes");
    let mut added = 0;
    for entry in std::fs::read_dir(routes).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for way in [".route(", ".route_service(", ".nest_service(", ".fallback("] {
            assert!(!text.contains(way), "{}: {way}", path.display());
        }
        added += text.matches("routes!(").count();
    }
    assert!(added > 10, "only {added} routes");
}

#[test]
fn every_operation_says_what_it_is_and_who_is_let_in() {
    for (path, method, operation) in operations() {
        for field in ["summary", "operationId"] {
            let text = operation[field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{method} {path}: {field}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let said = parameter["description"].as_str().unwrap_or_default();
            assert!(!said.is_empty(), "{method} {path}: {parameter}");
        }
        let is_open = operation["tags"][0] == "program" || operation["operationId"] == "sign_in";
        assert_eq!(operation["security"].is_null(), is_open, "{method} {path}");
    }
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for (field, said) in schema["properties"].as_object().into_iter().flatten() {
            let own = [&said["description"], &said["$ref"], &said["oneOf"][0]["description"]];
            let is_said = own.iter().any(|text| text.is_string());
            let is_percentile = name == "Ages";
            assert!(is_said || is_percentile, "{name}.{field} says nothing of itself: {said}");
        }
    }
}

/// Every part of the document that holds a schema with examples.
fn examples<'a>(value: &'a Value, found: &mut Vec<(&'a Value, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            // Of a media type or a parameter; else the schema's own.
            let schema = fields.get("schema").unwrap_or(value);
            let is_schema = fields.contains_key("schema") || fields.contains_key("type");
            if is_schema {
                let many = fields.get("examples").and_then(Value::as_array).into_iter().flatten();
                found.extend(fields.get("example").into_iter().chain(many).map(|e| (schema, e)));
            }
            fields.values().for_each(|value| examples(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| examples(value, found)),
        _ => {}
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let mut found = Vec::new();
    examples(&DOCUMENT, &mut found);
    assert!(found.len() > 8, "only {} examples", found.len());
    for (schema, example) in found {
        let wrong = problems(schema, example);
        assert!(wrong.is_empty(), "{example} for {schema}: {wrong:?}");
    }
    let wrong = problems(&json!({"$ref": "#/components/schemas/Sha256"}), &json!("abc"));
    assert_eq!(wrong.len(), 1, "what breaks a schema is found");
}

#[tokio::test]
async fn the_document_and_its_page_are_open_to_all() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let get = async |path: &str| reqwest::get(format!("{}{path}", desk.base)).await.unwrap();
    let served = get("/openapi.json").await;
    assert_eq!(served.headers()["content-type"], "application/json");
    assert_eq!(served.text().await.unwrap(), document());
    let page = get("/docs").await;
    assert!(!page.headers()["content-security-policy"].to_str().unwrap().contains("unsafe"));
    let page = page.text().await.unwrap();
    let links = page.split(['"']).filter(|part| part.starts_with('/'));
    let mut count = 0;
    for link in links {
        assert_eq!(get(link).await.status(), StatusCode::OK, "{link}");
        count += 1;
    }
    assert!(count >= 5, "only {count} files");
    let script = get("/docs/docs.js").await.text().await.unwrap();
    let import = script.split('\'').find(|part| part.starts_with("/assets/")).unwrap();
    assert_eq!(get(import).await.status(), StatusCode::OK, "{import}");
}
