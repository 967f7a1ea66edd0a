/** A `docker` for kind that runs nothing: it writes down what it is asked and answers as an engine would. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type RecordingDocker = {
  readonly program: string;
  /** Every call so far, in order. */
  calls(): Promise<readonly string[]>;
  /** kubeadm's configuration of a node, as kind wrote it there. */
  kubeadmConfig(node: string): Promise<string>;
};

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "https://a:6443", certificate-authority-data: QQ==}}]
users: [{name: a, user: {}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
`;

/** In `folder`, for a cluster of that name and Kubernetes. */
export async function recordingDocker(folder: string, { cluster, version }: { cluster: string; version: string }) {
  const program = join(folder, 'docker');
  await writeFile(join(folder, 'admin.conf'), KUBECONFIG);
  const script = `#!/bin/sh
folder='${folder}'
printf '%s\\n' "$(printf '%s' "$*" | tr '\\n' ' ')" >> "$folder/calls"
case "$*" in
  "info "*) echo '{"CgroupDriver":"systemd","CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true}' ;;
  "ps "*Label*) [ ! -f "$folder/made" ] || echo ${cluster} ;;
  "ps "*) [ ! -f "$folder/made" ] || printf '${cluster}-control-plane\\n${cluster}-worker\\n' ;;
  "run "*) touch "$folder/made" ;;
  "rm "*) rm -f "$folder/made" ;;
  "network ls "*) echo 1a2b ;;
  "network inspect kind --format"*) printf 'fc00:f853:ccd:e793::1\\n172.18.0.1\\n' ;;
  "network inspect "*) echo '[{"Name":"kind","Id":"1a2b","Containers":{},"Options":{},"EnableIPv6":false}]' ;;
  "inspect "*role*worker) echo worker ;;
  "inspect "*role*) echo control-plane ;;
  "inspect "*IPAddress*) echo 172.18.0.2, ;;
  "inspect "*HostPort*) printf '127.0.0.1\\t6443\\n' ;;
  "inspect "*) echo ;;
  "image inspect "*) echo sha256:1a2b ;;
  "save "*) touch "$3" ;;
  "logs "*) echo Reached target Multi-User System ;;
  "exec "*"cat /kind/version") echo ${version} ;;
  "exec "*"cat /etc/kubernetes/admin.conf") cat "$folder/admin.conf" ;;
  "exec "*"get nodes"*) echo True ;;
  "exec "*"containerd config dump") printf 'version = 3\\n[plugins."io.containerd.cri.v1.images"]\\nsnapshotter = "overlayfs"\\n' ;;
  "exec "*"/kind/kubeadm.conf") for node in "$@"; do case $node in ${cluster}-*) cat > "$folder/$node.conf" ;; esac; done ;;
esac
exit 0
`;
  await writeFile(program, script);
  await chmod(program, 0o755);
  const docker: RecordingDocker = {
    program,
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter((line) => line !== ''),
    kubeadmConfig: async (node) => await readFile(join(folder, `${cluster}-${node}.conf`), 'utf8'),
  };
  return docker;
}
