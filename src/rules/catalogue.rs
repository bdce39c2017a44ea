//! The rules that are part of the program: id and text of each file below `rules/`, in the order of their ids.

/// All embedded rules. A test compares this list with the folder.
pub const CATALOGUE: &[(&str, &str)] =
    &[("async/blocking-in-async", include_str!("../../rules/async/blocking-in-async.yaml"))];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::CATALOGUE;

    #[test]
    fn the_list_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut found = Vec::new();
        for category in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            for file in std::fs::read_dir(category.path()).into_iter().flatten().flatten() {
                let path = file.path();
                let id = path.strip_prefix(&root).unwrap().with_extension("");
                found.push((id.to_str().unwrap().replace('\\', "/"), std::fs::read_to_string(&path).unwrap()));
            }
        }
        found.sort();
        let listed: Vec<(String, String)> =
            CATALOGUE.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
        assert_eq!(listed, found);
    }
}
