# Sourced by Scripts/package: the Debian package.
version=$version${WATTLOG_REVISION:-}
maintainer="${DEBFULLNAME:-The Wattlog authors} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"

install -D -m 0755 "$binary" "$root/usr/bin/wattlog"
install -D -m 0755 Scripts/debian/nightly "$root/usr/lib/wattlog/nightly"
for unit in wattlog.service wattlog-nightly.service wattlog-nightly.timer; do
  install -D -m 0644 "Scripts/debian/$unit" "$root/usr/lib/systemd/system/$unit"
done
install -D -m 0644 Scripts/debian/wattlog.sysusers "$root/usr/lib/sysusers.d/wattlog.conf"
install -d "$root/etc/wattlog" "$root/usr/share/man/man1" "$root/usr/share/doc/wattlog" "$root/DEBIAN" \
  "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
  "$root/usr/share/fish/vendor_completions.d"
install -m 0644 Scripts/debian/README.Debian "$root/usr/share/doc/wattlog/README.Debian"
run config init - >"$root/etc/wattlog/wattlog.json.example"
run man | gzip -9n >"$root/usr/share/man/man1/wattlog.1.gz"
run completion bash >"$root/usr/share/bash-completion/completions/wattlog"
run completion zsh >"$root/usr/share/zsh/vendor-completions/_wattlog"
run completion fish >"$root/usr/share/fish/vendor_completions.d/wattlog.fish"
{
  echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
  printf 'Upstream-Name: wattlog\n\nFiles: *\n'
  sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
  echo 'License: Expat'
  sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$root/usr/share/doc/wattlog/copyright"
Scripts/sbom "$binary" >"$root/usr/share/doc/wattlog/sbom.cdx.json"
gzip -9n <<END >"$root/usr/share/doc/wattlog/changelog.gz"
wattlog ($version) unstable; urgency=medium

  * What is new stands in the change log of the README.

 -- $maintainer  $(date -R -d "@$SOURCE_DATE_EPOCH")
END

echo /etc/wattlog/wattlog.json.example >"$root/DEBIAN/conffiles"
install -m 0755 Scripts/debian/postinst Scripts/debian/prerm Scripts/debian/postrm "$root/DEBIAN/"
mkdir -p "$work/debian"
printf 'Source: wattlog\n\nPackage: wattlog\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$root/usr/bin/wattlog" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
# libmosquitto is loaded when a broker is first spoken to, so no tool sees it.
cat >"$root/DEBIAN/control" <<END
Package: wattlog
Version: $version
Architecture: $debian
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Depends: ${libraries:-libc6}, libmosquitto1, tzdata
Recommends: ca-certificates
Suggests: mosquitto
Section: utils
Priority: optional
Description: recorder for the energy of Tasmota plugs
 Records what Tasmota smart plugs say over MQTT in a compact store of its own,
 and answers how many kWh each used, what that cost, and in which spreadsheet.
 .
 'wattlog setup' asks for the broker and starts the recorder.
END
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$work/md5sums"
install -m 0644 "$work/md5sums" "$root/DEBIAN/md5sums"
artefact=$folder/wattlog_${version}_$debian.deb
dpkg-deb --root-owner-group --build "$root" "$artefact" >&2
