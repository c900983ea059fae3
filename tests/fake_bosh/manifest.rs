//! What manifests ask of a disk.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::world::World;

/// What a disk shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub size: u64,
    pub cloud_properties: Map<String, Value>,
}

#[derive(Deserialize)]
struct Deployment {
    name: String,
    #[serde(default)]
    instance_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    persistent_disk: Option<u64>,
    persistent_disk_type: Option<String>,
    persistent_disk_pool: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CloudConfig {
    disk_types: Vec<Pool>,
}

#[derive(Deserialize)]
struct Pool {
    name: String,
    disk_size: u64,
    #[serde(default)]
    cloud_properties: Map<String, Value>,
}

fn pool(pools: Vec<Pool>, name: &str) -> Result<Wanted, String> {
    let found = pools.into_iter().find(|pool| pool.name == name);
    let wanted = found.map(|pool| Wanted { size: pool.disk_size, cloud_properties: pool.cloud_properties });
    wanted.ok_or_else(|| format!("unknown disk type '{name}'"))
}

fn plain(size: Option<u64>) -> Option<Wanted> {
    size.filter(|size| *size > 0).map(|size| Wanted { size, cloud_properties: Map::new() })
}

/// The name of the deployment of a manifest.
pub fn name(manifest: &str) -> Result<String, String> {
    serde_yaml::from_str::<Deployment>(manifest).map(|manifest| manifest.name).map_err(|error| error.to_string())
}

/// The disk of a group's instances by a manifest and the cloud-config; `None` for none.
pub fn disk_of(world: &World, manifest: &str, group: &str) -> Result<Option<Wanted>, String> {
    let manifest: Deployment = serde_yaml::from_str(manifest).map_err(|error| error.to_string())?;
    let Some(group) = manifest.instance_groups.into_iter().find(|one| one.name == group) else { return Ok(None) };
    let Some(kind) = group.persistent_disk_type else { return Ok(plain(group.persistent_disk)) };
    let text = world.configs.iter().find(|config| config.kind == "cloud").map_or("{}", |config| &config.content);
    let config: CloudConfig = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    pool(config.disk_types, &kind).map(Some)
}

#[derive(Deserialize)]
#[serde(default)]
struct Template {
    name: String,
}

impl Default for Template {
    fn default() -> Self {
        Template { name: "local_cpi".to_owned() }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CloudProvider {
    template: Template,
}

#[derive(Deserialize, Clone)]
pub struct Release {
    pub name: String,
    #[serde(default = "first")]
    pub version: String,
}

fn first() -> String {
    "1.0.0".to_owned()
}

#[derive(Deserialize)]
struct ResourcePool {
    stemcell: Stemcell,
}

#[derive(Deserialize)]
struct Stemcell {
    url: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Environment {
    instance_groups: Vec<Group>,
    jobs: Vec<Group>,
    disk_pools: Vec<Pool>,
    cloud_provider: CloudProvider,
    releases: Vec<Release>,
    resource_pools: Vec<ResourcePool>,
}

/// What create-env needs to know of its manifest.
pub struct ForCreateEnv {
    /// The group of its one instance.
    pub group: String,
    pub disk: Option<Wanted>,
    /// The job of its CPI.
    pub job: String,
    pub releases: Vec<Release>,
    /// Name and version of the stemcell: here by the name of its tarball.
    pub stemcell: (String, String),
}

/// The manifest of create-env (bosh-cli `deployment/manifest/manifest.go`, `DiskPool`).
pub fn environment(manifest: &str) -> Result<ForCreateEnv, String> {
    let manifest: Environment = serde_yaml::from_str(manifest).map_err(|error| error.to_string())?;
    let mut groups: Vec<Group> = manifest.instance_groups.into_iter().chain(manifest.jobs).collect();
    if groups.len() != 1 {
        return Err(format!("There must only be one job, found {}", groups.len()));
    }
    let group = groups.remove(0);
    let disk = match group.persistent_disk_pool {
        Some(name) => Some(pool(manifest.disk_pools, &name)?),
        None => plain(group.persistent_disk),
    };
    let stemcell = manifest.resource_pools.first().and_then(|pool| {
        let (_, file) = pool.stemcell.url.rsplit_once('/')?;
        let (name, version) = file.strip_suffix(".tgz")?.rsplit_once('-')?;
        Some((name.to_owned(), version.to_owned()))
    });
    let mut releases = manifest.releases;
    if releases.is_empty() {
        releases.push(Release { name: "bosh".to_owned(), version: first() });
    }
    Ok(ForCreateEnv {
        group: group.name,
        disk,
        job: manifest.cloud_provider.template.name,
        releases,
        stemcell: stemcell.unwrap_or_else(|| ("ubuntu-jammy".to_owned(), "1.2".to_owned())),
    })
}
