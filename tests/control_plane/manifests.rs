//! Manifests as users write them, with the class `nginx` and the host `shop.example`.

/// Objects in one file.
pub(crate) fn file(objects: &[&str]) -> String {
    objects.join("---\n")
}

/// A Service with the port 80, named `http`, that selects the Pods of the Deployment of the same name.
pub(crate) fn service(name: &str) -> String {
    service_to(name, "8080")
}

/// The same as [`service`], with a targetPort.
pub(crate) fn service_to(name: &str, target_port: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: {target_port}}}]
"
    )
}

/// A Deployment with one Pod, whose container port 8080 is named `web`. `fate` is the state that the Pod reaches: see
/// `tests/cluster/stages.yaml`.
pub(crate) fn deployment(name: &str, fate: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, test.backstop.dev/pod: {fate}}}}}
    spec:
      nodeName: node-1
      containers:
        - name: app
          image: app
          ports: [{{name: web, containerPort: 8080}}]
          readinessProbe: {{tcpSocket: {{port: web}}}}
"
    )
}

/// One path of an Ingress: path, Service, port number.
pub(crate) type Path<'a> = (&'a str, &'a str, u16);

/// An Ingress of ingress-nginx.
pub(crate) fn ingress(name: &str, paths: &[Path<'_>]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("          - {}", path_yaml(*path))).collect();
    let paths = paths.join("\n");
    format!(
        "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}}}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example
      http:
        paths:
{paths}
"
    )
}

/// One path, in YAML that is also JSON.
pub(crate) fn path_yaml((path, service, port): Path<'_>) -> String {
    format!(
        r#"{{"path": "{path}", "pathType": "Prefix", "backend": {{"service": {{"name": "{service}", "port": {{"number": {port}}}}}}}}}"#
    )
}
