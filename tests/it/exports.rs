//! The shop as other tools read it: Structurizr, LikeC4, Backstage. What is expected in `tests/cases/exports/shop/` was read by
//! each tool's own parser (structurizr-dsl 4.1.0, likec4 1.46.0, @backstage/catalog-model 1.10.3); when it changes, have it read again.
//! With UPDATE=1 it is written anew.

use std::fs;

use crate::cli::output;
use crate::docs::root;

const FILES: &[(&str, &str)] =
    &[("backstage", "catalog-info.yaml"), ("likec4", "model.c4"), ("structurizr", "workspace.dsl")];

#[test]
fn the_shop_as_other_tools_read_it() {
    for (format, file) in FILES {
        let met = output(&["graph", root().join("examples/shop").to_str().unwrap(), "--no-cache", "--format", format]);
        let path = root().join("tests/cases/exports/shop").join(file);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &met).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            met == expected,
            "{file} is other; run with UPDATE=1, read the diff, and have the tool read it:\n{met}"
        );
    }
}
