# Sourced by Scripts/package: the folder of a container image, and the image where an engine runs.
artefact=$folder/wattlog-container-$version-$debian
rm -rf "$artefact"
mkdir "$artefact"
sed "s/^FROM debian:.*/FROM debian:$(suite)-slim/" Scripts/container/Containerfile >"$artefact/Containerfile"
install -m 0755 "$binary" "$artefact/wattlog"
install -m 0644 Scripts/container/README.md Scripts/container/compose.yaml LICENSE "$artefact/"

engine=''
for program in podman docker; do
  if [ -z "$engine" ] && command -v "$program" >/dev/null && "$program" info >/dev/null 2>&1; then engine=$program; fi
done
if [ -n "$engine" ]; then
  "$engine" build -t wattlog -f "$artefact/Containerfile" "$artefact" >&2
else
  echo "package: neither podman nor docker runs here, so no image was built: $artefact/README.md has the line for it" >&2
fi
