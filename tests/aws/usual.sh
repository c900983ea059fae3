#!/bin/sh
# In a network namespace of its own: serves as ECS, EC2's metadata and EC2 at their usual addresses, and prints which keys
# snapback asks EC2 with. usual.sh PYTHON SNAPBACK
ip link set lo up 2> /dev/null && ip addr add 169.254.170.2/32 dev lo && ip addr add 169.254.169.254/32 dev lo || {
    echo 'no network of its own'
    exit 0
}
cat > server.py << 'PYTHON'
import http.server, json, sys, threading
KEYS = {"SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z", "Code": "Success"}
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
    def do_PUT(self):
        self.answer(200, "ticket")
    def do_GET(self):
        if self.path == "/v2/credentials/task" and self.server.server_address[0] == "169.254.170.2":
            self.answer(200, json.dumps(dict(KEYS, AccessKeyId="ASIACONTAINER")))
        elif self.path.endswith("/security-credentials/"):
            self.answer(200, "role")
        elif self.path.endswith("/security-credentials/role") and self.headers["x-aws-ec2-metadata-token"] == "ticket":
            self.answer(200, json.dumps(dict(KEYS, AccessKeyId="ASIAINSTANCE")))
        else:
            self.answer(404, "")
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with open("keys", "a") as keys:
            keys.write(self.headers["Authorization"].split("Credential=")[1].split("/")[0] + "\n")
        self.answer(400, "<Response><Errors><Error><Code>OptInRequired</Code><Message>x</Message></Error></Errors></Response>")
    def log_message(self, *_):
        pass
for place in [("169.254.170.2", 80), ("169.254.169.254", 80), ("127.0.0.1", 8000)]:
    server = http.server.ThreadingHTTPServer(place, Handler)
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
PYTHON
mkfifo ready
"$1" server.py > ready &
server=$!
trap 'kill $server' EXIT
read -r _ < ready
cat > director.yml << 'YAML'
---
cloud_provider:
  template: {name: aws_cpi}
  properties: {aws: {region: us-east-1, ec2_endpoint: "http://127.0.0.1:8000", credentials_source: env_or_profile}}
properties: {director: {name: test, enable_snapshots: true}, snapback: {cpi: {lag: 0}}}
YAML
cat > inventory.yml << 'YAML'
deployments:
- name: prod
  instances:
  - {name: db/0, vm_cid: i-0123456789abcdef0, managed_by: nobody, disks: [{cid: vol-0123456789abcdef0, size_mib: 1024}]}
YAML
asks() { env -i HOME=/nowhere PATH="$PATH" "$@" --cpi builtin:aws_cpi --retries 0 take db/0 > said 2>&1; }
env -i HOME=/nowhere PATH="$PATH" "$2" --cpi builtin:aws_cpi import inventory.yml > said 2>&1 || cat said >&2
asks AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/task "$2"
first=$(head -n 1 keys)
rm -f keys
asks "$2"
echo "$first $(head -n 1 keys)"
