//! The command line that calls snapback again for the same files, for a child or for a unit.

use std::path::{Path, PathBuf};

use super::Context;

/// The variable that passes the values of `-v` to a child: no process shows them among its arguments.
const PREFIX: &str = "SNAPBACK_OF_SCHEDULE";

/// How snapback is called again.
pub struct Again {
    /// The words behind the program's name.
    pub words: Vec<String>,
    /// Environment variables to set for it, each with its value.
    pub environment: Vec<(String, String)>,
}

impl Context {
    /// The global arguments that name files, clouds and limits. With `whole`, each path is absolute, and files that the
    /// environment names are included.
    pub fn again(&self, whole: bool) -> Again {
        let path = |path: &Path| {
            let absolute = if whole { std::path::absolute(path).ok() } else { None };
            absolute.as_deref().unwrap_or(path).to_string_lossy().into_owned()
        };
        let global = &self.global;
        let mut words: Vec<String> = Vec::new();
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        let manifest = if whole { Some(self.manifest_path()) } else { global.manifest.clone() };
        manifest.iter().for_each(|file| option("--manifest", path(file)));
        global.ops_file.iter().for_each(|file| option("--ops-file", path(file)));
        global.vars_file.iter().for_each(|file| option("--vars-file", path(file)));
        global.var_file.iter().for_each(|pair| {
            let whole = pair.split_once('=').map(|(name, file)| format!("{name}={}", path(Path::new(file))));
            option("--var-file", whole.unwrap_or_else(|| pair.clone()));
        });
        global.vars_env.iter().for_each(|prefix| option("--vars-env", prefix.clone()));
        global.vars_store.iter().for_each(|file| option("--vars-store", path(file)));
        global.cpi.iter().for_each(|name| option("--cpi", name.clone()));
        let paths = if whole { self.cpi_paths().0 } else { global.cpi_path.clone() };
        paths.iter().for_each(|word| match word.split_once('=') {
            Some((name, file)) if !name.is_empty() && !name.contains('/') => {
                option("--cpi-path", format!("{name}={}", path(Path::new(file))));
            }
            _ => option("--cpi-path", path(Path::new(word))),
        });
        let configs = if whole { self.cpi_configs().0 } else { global.cpi_config.clone() };
        configs.iter().for_each(|file| option("--cpi-config", path(file)));
        let state = if whole { self.named_state().map(|(state, _)| state) } else { global.state.clone() };
        state.iter().for_each(|file| option("--state", path(file)));
        let bosh = if whole { self.environment.get("SNAPBACK_BOSH").map(PathBuf::from) } else { None };
        // A name alone is looked up in PATH.
        global.bosh.clone().or(bosh).iter().for_each(|program| {
            let named = program.components().count() < 2 && !program.to_string_lossy().contains('/');
            option("--bosh", if named { program.to_string_lossy().into_owned() } else { path(program) });
        });
        let deployment = if whole { self.deployment() } else { global.deployment.clone() };
        deployment.iter().for_each(|name| option("--deployment", name.clone()));
        global.log_file.iter().for_each(|file| option("--log-file", path(file)));
        global.timeout.iter().for_each(|seconds| option("--timeout", seconds.to_string()));
        global.retries.iter().for_each(|times| option("--retries", times.to_string()));
        global.wait_lock.iter().for_each(|seconds| option("--wait-lock", seconds.to_string()));
        option("--max-inventory-age", global.max_inventory_age.to_string().replace(' ', ""));
        words.extend(global.believe_empty.then(|| "--believe-empty".to_owned()));
        words.extend(global.allow_network_fs.then(|| "--allow-network-fs".to_owned()));
        let given: Vec<(String, String)> = global
            .var
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (format!("{PREFIX}_{name}"), value.to_owned()))
            .collect();
        if !given.is_empty() && !whole {
            words.extend(["--vars-env".to_owned(), PREFIX.to_owned()]);
        }
        Again { words, environment: given }
    }
}
