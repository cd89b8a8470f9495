# Sourced: from here on programs are found where Scripts/programs says, PATH first.
while read -r kind folder _; do
  if [ "$kind" = folder ]; then
    case ":$PATH:" in *":$folder:"*) ;; *) PATH=$PATH:$folder ;; esac
  fi
done <"${BASH_SOURCE[0]%/*}/programs"
export PATH
unset kind folder
