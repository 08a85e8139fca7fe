# shellcheck shell=bash
# Debian in a folder: made once from the mirror that this machine's apt uses, then kept. Sourced by
# bin/matrix. A root lives in CACHE/SUITE/root; CACHE/SUITE/made says that it is complete.

# Where a process that dropped its rights, as some tests do, can read it.
checkout_in_root=/srv/memory_tracker

# require_root_rights WHAT
require_root_rights() {
  [ "$(id -u)" = 0 ] && return
  echo "bin/matrix: $1 runs in a chroot, and making and entering one takes root: sudo bin/matrix ..." >&2
  return 1
}

install_root_tools() {
  local tools=(debootstrap rsync) missing=() tool
  for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}" </dev/null ||
    { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}"; } </dev/null
}

# apt itself is asked, since it reads both of the formats that its sources come in. It knows the
# label of an archive only once it has fetched the lists.
debian_mirror() {
  local mirror
  mirror=$(labelled_mirror)
  [ -n "$mirror" ] || { apt-get update --quiet >&2 </dev/null && mirror=$(labelled_mirror); }
  [ -n "$mirror" ] || { echo "bin/matrix: the apt sources of this machine name no Debian mirror." >&2; return 1; }
  echo "$mirror"
}

# shellcheck disable=SC2016 # the fields are apt's
labelled_mirror() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" { print $2; exit }'
}

# make_debian_root FOLDER SUITE [RUBY [SUITE...]]: RUBY where the suite's own default is another one,
# and the further suites to find it in.
make_debian_root() {
  local folder=$1 suite=$2 ruby=${3:-} root=$1/root mirror
  [ ! -e "$folder/made" ] || return 0
  install_root_tools && mirror=$(debian_mirror) || return
  say "Making a Debian $suite in $root (minutes, the first time)"
  remove_tree "$root" && mkdir -p "$root" &&
    alone debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" </dev/null &&
    configure_apt "$root" "$mirror" "$suite" "${@:4}" &&
    share_network_settings "$root" &&
    in_root "$root" / update-ca-certificates >/dev/null &&
    in_root "$root" / apt-get update --quiet </dev/null &&
    { [ -z "$ruby" ] || install_other_ruby "$root" "$ruby"; } &&
    touch "$folder/made"
}

# A name on the path before the system's own makes it the default, for bin/setup too. The bundler that
# comes with RUBY may be older than the RubyGems of the suite, and warns a page at every start then.
install_other_ruby() {
  local root=$1 ruby=$2 program
  in_root "$root" / apt-get install --yes --quiet --no-install-recommends "$ruby" "$ruby-dev" ruby-bundler </dev/null || return
  for program in ruby gem bundle bundler; do
    ln -sf "/usr/bin/$program${ruby#ruby}" "$root/usr/local/bin/$program"
  done
}

# configure_apt ROOT MIRROR SUITE...
configure_apt() {
  local root=$1 mirror=$2 suite
  shift 2
  for suite in "$@"; do
    echo "deb $mirror $suite main"
  done >"$root/etc/apt/sources.list"
  {
    apt-config dump | grep -i '^Acquire::.*proxy' || true
    # Mirrors that are frozen at a day, and clocks that are not, are common under tests.
    printf 'Acquire::%s "false";\n' Check-Valid-Until Check-Date
    printf 'Acquire::Languages "none";\nDPkg::Use-Pty "false";\n'
  } >"$root/etc/apt/apt.conf.d/99memory-tracker-matrix"
  # Packages such as redis-server would start a service.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Name resolution, the certificates that this machine trusts beyond Debian's, and where gems come
# from; each time, since they change with the network that the machine is in.
share_network_settings() {
  local root=$1 file name
  for file in /etc/resolv.conf /etc/hosts /etc/gemrc; do
    [ ! -e "$file" ] || install -D -m 644 "$file" "$root$file"
  done
  [ ! -e "$HOME/.gemrc" ] || install -m 600 "$HOME/.gemrc" "$root/root/.gemrc"
  [ ! -d /usr/local/share/ca-certificates ] || cp -R /usr/local/share/ca-certificates "$root/usr/local/share/"
  for name in SSL_CERT_FILE CURL_CA_BUNDLE GIT_SSL_CAINFO BUNDLE_SSL_CA_CERT; do
    file=${!name:-}
    [ ! -f "$file" ] || install -D -m 644 "$file" "$root$file"
  done
}

# copy_checkout FOLDER: what git knows or would take; the root's own builds and gems stay. Contents
# decide and times are not copied, so that make sees a file as new that was edited here before the
# root's last build and copied after it.
copy_checkout() {
  local target=$1/root$checkout_in_root list=$1/copied_files
  mkdir -p "$target"
  git ls-files -coz --exclude-standard | existing_files | LC_ALL=C sort -zu >"$list.new"
  if [ -e "$list" ]; then
    LC_ALL=C comm -z -23 "$list" "$list.new" | (cd "$target" && xargs -0r rm -f --)
  fi
  rsync --links --perms --checksum --from0 --files-from="$list.new" ./ "$target/"
  mv "$list.new" "$list"
}

existing_files() {
  local file
  while IFS= read -r -d '' file; do
    [ ! -e "$file" ] && [ ! -L "$file" ] || printf '%s\0' "$file"
  done
}

# in_root ROOT FOLDER COMMAND...
in_root() {
  alone "${BASH_SOURCE[0]%/*}/enter" "$@"
}

# A command in namespaces of its own, which die with it, and with this shell, even by SIGKILL.
alone() {
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child "$@"
}

remove_tree() {
  [ -e "$1" ] || return 0
  if awk -v below="$(realpath "$1")" 'index($5, below) == 1 { found = 1 } END { exit !found }' /proc/self/mountinfo; then
    echo "bin/matrix: something is mounted below $1; it is not removed." >&2
    return 1
  fi
  rm -rf --one-file-system "$1"
}
