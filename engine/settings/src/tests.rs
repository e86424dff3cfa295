//! The order of file and environment, and what a mistake is told.

use super::*;

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ivendor.toml");
    fs::write(&path, text).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let mut settings = Settings::load(Some(&path), variables.collect())?;
    // What is left of paths in the file's folder does not depend on its name.
    let short = |path: &mut PathBuf| {
        if let Ok(rest) = path.strip_prefix(folder.path()) {
            *path = rest.to_owned();
        }
    };
    settings.engine.models_dir.as_mut().map(short);
    settings.backfill.roots.iter_mut().for_each(short);
    settings.fetch.roots.iter_mut().for_each(short);
    Ok(settings)
}

#[test]
fn without_anything_every_setting_has_its_default() {
    assert_eq!(Settings::load(None, Vec::new()).unwrap(), Settings::default());
    assert_eq!(load("", &[("IVENDOR_ENGINE_DEVICE", "")]).unwrap(), Settings::default());
}

#[test]
fn the_environment_goes_over_the_file() {
    let file = "
        [engine]
        device = 'cpu'
        models_dir = 'weights'
        threads = 2
        [limits]
        bytes_max = 10
        decode_s_max = 3
        [backfill]
        roots = ['a', '/b']
        [fetch]
        roots = ['documents']
        buckets = ['s3://a']
        allow_http = true
        [log]
        format = 'json'
    ";
    let settings = load(file, &[]).unwrap();
    assert_eq!(settings.engine.device.as_deref(), Some("cpu"));
    assert_eq!(settings.engine.models_dir, Some("weights".into()));
    assert_eq!(settings.limits.bytes_max, 10);
    assert!((settings.limits.decode_s_max - 3.0).abs() < 1e-9);
    assert_eq!(settings.limits.pages_max, DecodeLimits::default().pages_max);
    assert_eq!(settings.backfill.roots, [PathBuf::from("a"), PathBuf::from("/b")]);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.fetch.roots, [PathBuf::from("documents")]);
    assert_eq!(settings.fetch.buckets, ["s3://a"]);
    assert!(settings.fetch.allow_http);
    let over = [
        ("IVENDOR_ENGINE_DEVICE", "cuda:1"),
        ("IVENDOR_LIMITS_BYTES_MAX", "20"),
        ("IVENDOR_LIMITS_RENDER_DPI", "100"),
        ("IVENDOR_BACKFILL_ROOTS", "c:/d"),
        ("IVENDOR_FETCH_BUCKETS", "gs://b, az://c,"),
        ("IVENDOR_FETCH_ALLOW_HTTP", "false"),
        ("WORKER_THREADS", "3"),
        ("IVENDOR_LOG", "debug"),
        ("IVENDOR_MODELS", "passed over"),
        ("IVENDOR_KAFKA_BROKERS", "passed over"),
        ("OTHER", "passed over"),
    ];
    let settings = load(file, &over).unwrap();
    assert_eq!(settings.engine.device.as_deref(), Some("cuda:1"));
    assert_eq!(settings.limits.bytes_max, 20);
    assert!((settings.limits.render_dpi - 100.0).abs() < 1e-6);
    assert_eq!(settings.backfill.roots, [PathBuf::from("c"), PathBuf::from("/d")]);
    assert_eq!(settings.fetch.buckets, ["gs://b", "az://c"]);
    assert!(!settings.fetch.allow_http);
    assert_eq!(settings.engine.threads, Some(3));
    assert_eq!(settings.log.filter, "debug");
    let both = [("IVENDOR_ENGINE_THREADS", "5"), ("WORKER_THREADS", "3")];
    assert_eq!(load(file, &both).unwrap().engine.threads, Some(5));
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest_one() {
    let cases = [
        ("key", "[engine]\ndevise = 'cpu'", "\"engine.devise\"", "\"engine.device\""),
        ("limit", "[limits]\nbyte_max = 1", "\"limits.byte_max\"", "\"limits.bytes_max\""),
        ("section", "[limit]\nbytes_max = 1", "\"limit\"", "\"limits\""),
        ("no section", "pages_max = 1", "\"pages_max\"", "\"limits.pages_max\""),
        ("other section", "[engine]\nroots = []", "\"engine.roots\"", "roots\""),
    ];
    for (name, text, key, nearest) in cases {
        let error = load(text, &[]).unwrap_err().to_string();
        assert!(error.contains(key) && error.contains(nearest), "{name}: {error}");
        assert!(error.contains("ivendor.toml"), "{name}: {error}");
    }
    let error = load("", &[("IVENDOR_LIMITS_PAGE_MAX", "1")]).unwrap_err().to_string();
    assert!(error.contains("IVENDOR_LIMITS_PAGE_MAX"), "{error}");
    assert!(error.contains("did you mean \"IVENDOR_LIMITS_PAGES_MAX\""), "{error}");
}

#[test]
fn a_wrong_value_is_told_with_its_place() {
    let cases = [
        ("no TOML", "[engine", [("A", "")], "ivendor.toml"),
        ("text for a number", "[limits]\nbytes_max = 'x'", [("A", "")], "line 2"),
        ("section as a value", "limits = 1", [("A", "")], "line 1"),
        ("negative", "[limits]\npages_max = -1", [("A", "")], "line 2"),
        ("no number", "", [("IVENDOR_LIMITS_BYTES_MAX", "x")], "IVENDOR_LIMITS_BYTES_MAX"),
        ("not finite", "", [("IVENDOR_LIMITS_RENDER_DPI", "NaN")], "IVENDOR_LIMITS_RENDER_DPI"),
        ("no threads", "", [("WORKER_THREADS", "0")], "engine.threads"),
        ("too many streams", "[engine]\nstreams = 9", [("A", "")], "engine.streams"),
        ("no format", "", [("IVENDOR_LOG_FORMAT", "xml")], "xml"),
        ("no bytes", "[backfill]\nbatch_bytes_max = 0", [("A", "")], "batch_bytes_max"),
        ("no flag", "", [("IVENDOR_FETCH_ALLOW_HTTP", "yes")], "neither true nor false"),
        ("no bucket", "", [("IVENDOR_FETCH_BUCKETS", "s3://a,b")], "fetch.buckets"),
        ("no tries", "[fetch]\ntries_max = 0", [("A", "")], "fetch.tries_max"),
        ("no address", "", [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")], "trace.endpoint"),
        ("no share", "[trace]\nsampled_share = 2", [("A", "")], "trace.sampled_share"),
        ("no time", "[worker]\ndue_within_s = 59", [("A", "")], "worker.due_within_s"),
        ("no part", "[worker]\nsampled_share = 2", [("A", "")], "worker.sampled_share"),
        ("no queue", "[trace]\nqueue_max = 0", [("A", "")], "trace.queue_max"),
        ("a long farewell", "[trace]\nflush_s_max = 60", [("A", "")], "trace.flush_s_max"),
        ("old batch", "[backfill]\nbatch_age_s_max = -1", [("A", "")], "batch_age_s_max"),
    ];
    for (name, text, variables, words) in cases {
        let error = load(text, &variables).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
    let missing = Settings::load(Some(Path::new("no/such.toml")), Vec::new()).unwrap_err();
    assert!(missing.to_string().contains("no/such.toml"));
}

#[test]
fn a_path_of_the_file_counts_from_its_folder() {
    let text = "[worker]\njournal_dir = \"journal\"\n[store]\npassword_file = \"/keys/b\"\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ivendor.toml");
    fs::write(&path, text).unwrap();
    let settings = Settings::load(Some(&path), Vec::new()).unwrap();
    assert_eq!(settings.worker.journal_dir, Some(folder.path().join("journal")));
    assert_eq!(settings.store.password_file, Some(PathBuf::from("/keys/b")));
}

#[test]
fn a_review_queue_that_cannot_be_is_refused_by_its_key() {
    let cases = [
        ("lease_s = 0", "review.lease_s"),
        ("grace_s = 100000", "review.grace_s"),
        ("requests_max = 0", "review.requests_max"),
        ("second_opinion_share = 1.5", "review.second_opinion_share"),
        ("second_opinion_share = nan", "review.second_opinion_share"),
        ("sign_ins_failed_max = 0", "review.sign_ins_failed_max"),
        ("requests_of_one_per_minute = 0", "review.requests_of_one_per_minute"),
        ("body_s_max = 0", "review.body_s_max"),
        ("tokens_kept_ms = 60001", "review.tokens_kept_ms"),
        ("tls_certificates = \"chain.pem\"", "review.tls_key"),
    ];
    for (text, key) in cases {
        let error = load(&format!("[review]\n{text}\n"), &[]).unwrap_err().to_string();
        assert!(error.contains(key), "{text}: {error}");
    }
}
