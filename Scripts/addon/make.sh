# Sourced by Scripts/package: a folder that Home Assistant takes as a local add-on.
artefact=$folder/wattlog-addon-$version-$debian
case $arch in x86_64) supervised=amd64 ;; *) supervised=$arch ;; esac
rm -rf "$artefact"
mkdir "$artefact" "$artefact/translations"
sed "s/^FROM debian:.*/FROM debian:$(suite)-slim/" Scripts/addon/Dockerfile >"$artefact/Dockerfile"
sed "s/@VERSION@/$version/; s/@ARCH@/$supervised/" Scripts/addon/config.yaml >"$artefact/config.yaml"
install -m 0755 "$binary" "$artefact/wattlog"
install -m 0755 Scripts/addon/run Scripts/addon/pages "$artefact/"
install -m 0644 Scripts/addon/README.md Scripts/addon/DOCS.md Scripts/addon/icon.png Scripts/addon/waiting.html \
  Scripts/addon/httpd.conf LICENSE "$artefact/"
install -m 0644 Scripts/addon/translations/en.yaml "$artefact/translations/"
