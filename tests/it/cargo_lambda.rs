//! That `cargo lambda watch` sends each path where the template does, and that what `sam build` packages
//! is what the code says.

use std::{collections::BTreeMap, fs, path::Path};

use local::{Route, Template};
use matchit::Router;

fn document(name: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The table of `cargo lambda watch`: functions by the paths that they answer.
fn table() -> BTreeMap<String, String> {
    let manifest = document("Cargo.toml");
    let watch = &manifest["workspace"]["metadata"]["lambda"]["watch"];
    // Otherwise it answers for other sites' pages in the place of the functions.
    assert_eq!(watch["disable_cors"].as_bool(), Some(true));
    let routes = watch["router"].as_table().unwrap().iter();
    routes.map(|(path, function)| (path.clone(), function.as_str().unwrap().to_owned())).collect()
}

#[test]
fn its_table_is_the_templates_routes_for_any_method() {
    let mut expected = BTreeMap::new();
    for Route { method, path, function } in Template::load().unwrap().routes {
        if path == "$default" {
            // There is no name for it; these are all paths.
            expected.insert("/".to_owned(), function.clone());
            expected.insert("/{*proxy}".to_owned(), function);
        } else if method == "ANY" {
            expected.insert(path.replace("{proxy+}", "{*proxy}"), function);
        }
    }
    assert_eq!(table(), expected);
}

/// It looks for paths by the library that is asked here.
#[test]
fn it_sends_every_path_to_the_function_that_the_template_has_for_it() {
    let mut router = Router::new();
    for (path, function) in table() {
        router.insert(path, function).unwrap();
    }
    let found = |path: &str| router.at(path).unwrap().value.clone();
    for route in Template::load().unwrap().routes {
        let path = route.path.replace("{proxy+}", "a/b").replace(['{', '}'], "");
        let path = if route.is_default() { "/" } else { path.as_str() };
        assert_eq!(found(path), route.function, "{}", route.key());
        // Slashes too many: `fallback` finds whose path it is.
        assert_eq!(found(&path.replacen('/', "//", 1)), "fallback", "{}", route.key());
    }
}

/// SAM's cache knows a function by its own folder, and most of the code is in `shared/`. Each build writes
/// the programs of all functions, so none may package its own meanwhile.
#[test]
fn what_is_packaged_is_whole_and_of_the_code_as_it_is() {
    let settings = document("samconfig.toml");
    for parameter in ["cached", "parallel"] {
        let set = settings["default"]["build"]["parameters"][parameter].as_bool();
        assert_eq!(set, Some(false), "{parameter}");
    }
}
