"""What the cloud has when it starts: a project with its users, roles and volume types."""

import json
import urllib.error
import urllib.request

REGION = "RegionOne"
NOWHERE = "RegionTwo"
ADMIN = {"username": "admin", "password": "of-admin", "project": "admin", "domain": "Default"}
DOMAIN = "acme"
PROJECT = "prod"
SMALL = "small"
USERS = {"bosh": ("of-bosh", "member"), "looker": ("of-looker", "reader"), "trustee": ("of-trustee", None)}
ZONES = ["z1", "z2"]
TYPES = ["ssd", "hdd"]


class Session:
    """A token, and what can be asked with it."""

    def __init__(self, auth_url, identity, scope):
        body = {"auth": {"identity": identity, "scope": scope}}
        answer, self.token = asked("POST", f"{auth_url}/auth/tokens", body)
        self.project = answer["token"].get("project", {}).get("id")
        self.user = answer["token"]["user"]["id"]

    def ask(self, method, url, body=None):
        return asked(method, url, body, self.token)[0]


def asked(method, url, body=None, token=None):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["X-Auth-Token"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = answer.read()
            return (json.loads(said) if said else {}), answer.headers.get("X-Subject-Token")
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}") from None


def by_password(auth_url, name, password, project, domain):
    user = {"name": name, "password": password, "domain": {"name": domain}}
    scope = {"project": {"name": project, "domain": {"name": domain}}}
    return Session(auth_url, {"methods": ["password"], "password": {"user": user}}, scope)


def furnish(auth_url, volume_url):
    """Makes it; returns what a client must know."""
    admin = by_password(auth_url, ADMIN["username"], ADMIN["password"], ADMIN["project"], ADMIN["domain"])

    def make(kind, body):
        return admin.ask("POST", f"{auth_url}/{kind}s", {kind: body})[kind]["id"]

    roles = {role["name"]: role["id"] for role in admin.ask("GET", f"{auth_url}/roles")["roles"]}

    def grant(project, user, role):
        admin.ask("PUT", f"{auth_url}/projects/{project}/users/{user}/roles/{roles[role]}")

    default = "default"
    service_project = make("project", {"name": "service", "domain_id": default})
    cinder = make("user", {"name": "cinder", "password": "of-cinder", "domain_id": default})
    for role in ("admin", "service"):
        if role not in roles:
            roles[role] = make("role", {"name": role})
        grant(service_project, cinder, role)
    volumes = make("service", {"type": "volumev3", "name": "cinderv3"})
    identity = make("service", {"type": "identity", "name": "keystone"})
    make("region", {"id": NOWHERE})
    for region in (REGION, NOWHERE):
        for interface in ("public", "internal", "admin"):
            for service, url in ((volumes, f"{volume_url}/v3/%(project_id)s"), (identity, auth_url)):
                make("endpoint", {"service_id": service, "interface": interface, "region_id": region, "url": url})
    domain = make("domain", {"name": DOMAIN})
    project = make("project", {"name": PROJECT, "domain_id": domain})
    small = make("project", {"name": SMALL, "domain_id": domain})
    users = {}
    for name, (password, role) in USERS.items():
        users[name] = make("user", {"name": name, "password": password, "domain_id": domain})
        if role:
            grant(project, users[name], role)
            grant(small, users[name], role)
    grant(project, users["bosh"], "reader")

    # Cinder judges its administrator by a token, so it answers already.
    cinder_url = f"{volume_url}/v3/{admin.project}"
    for kind in TYPES:
        body = {"volume_type": {"name": kind, "extra_specs": {"kind": kind}}}
        admin.ask("POST", f"{cinder_url}/types", body)
    quota = {"quota_set": {"volumes": 2, "snapshots": 2, "gigabytes": 10}}
    admin.ask("PUT", f"{cinder_url}/os-quota-sets/{small}", quota)

    bosh = by_password(auth_url, "bosh", USERS["bosh"][0], PROJECT, DOMAIN)
    own = f"{auth_url}/users/{bosh.user}/application_credentials"
    credential = {"name": "snapback", "roles": [{"name": "member"}], "secret": "of-the-application-credential"}
    made = bosh.ask("POST", own, {"application_credential": credential})["application_credential"]
    trust = {
        "trustor_user_id": users["bosh"],
        "trustee_user_id": users["trustee"],
        "project_id": project,
        "impersonation": True,
        "roles": [{"name": "member"}],
    }
    trust = bosh.ask("POST", f"{auth_url}/OS-TRUST/trusts", {"trust": trust})["trust"]
    return {
        "region": REGION,
        "region_nowhere": NOWHERE,
        "username": "bosh",
        "password": USERS["bosh"][0],
        "user_id": users["bosh"],
        "user_domain": DOMAIN,
        "project": PROJECT,
        "project_id": project,
        "project_domain": DOMAIN,
        "domain_id": domain,
        "application_credential": {"id": made["id"], "name": made["name"], "secret": credential["secret"]},
        "limited": {"username": "looker", "password": USERS["looker"][0]},
        "trust": {"id": trust["id"], "username": "trustee", "password": USERS["trustee"][0], "user_id": users["trustee"]},
        "quota": {"project": SMALL, "project_id": small, "volumes": 2, "snapshots": 2, "gigabytes": 10},
        "admin": ADMIN,
        "zones": ZONES,
        "types": TYPES,
    }


def move(database, auth_url, volume_url):
    """Puts this start's addresses into Keystone's catalogue."""
    paths = {"identity": (auth_url, ""), "volumev3": (f"{volume_url}/v3", "/%(project_id)s")}
    for kind, (url, path) in paths.items():
        # Nothing listens at the first port.
        for region, start in ((REGION, url), (NOWHERE, "http://127.0.0.1:1/v3")):
            database.execute(
                "UPDATE endpoint SET url = ? WHERE region_id = ?"
                " AND service_id IN (SELECT id FROM service WHERE type = ?)",
                (start + path, region, kind),
            )
    database.commit()
