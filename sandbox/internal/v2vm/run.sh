#!/bin/sh
# Runs the sandbox package's tests and the attack battery on a kernel with cgroup v2 only, in a virtual
# machine that needs no hypervisor. Arguments go to the test binary, for
# instance -test.run=Matrix. Needs: go, gcc, qemu-system-x86_64, cpio, a static
# busybox ($BUSYBOX) and a kernel ($KERNEL, for instance Debian's
# linux-image-cloud-amd64, boot/vmlinuz-*).
set -eu
: "${KERNEL:?set KERNEL to a bzImage}" "${BUSYBOX:?set BUSYBOX to a static busybox}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
here=$(dirname "$0")
mkdir -p "$root/bin" "$root/etc" "$root/newroot" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
cp "$BUSYBOX" "$root/bin/busybox"
for applet in sleep find cp true false sh; do ln -s busybox "$root/bin/$applet"; done
echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
export GOFLAGS=-mod=readonly
(
	cd "$here"
	CGO_ENABLED=0 go build -o "$root/init" .
	CGO_ENABLED=0 go test -c -o "$root/test" ../..
	CGO_ENABLED=0 go test -c -o "$root/battery" ../../battery
	go build -ldflags '-linkmode external -extldflags -static' -o "$root/runner" \
		github.com/facetd/facetd/facet/internal/lockdown/testrunner
)
chmod 0755 "$root" "$root/runner" "$root/test" "$root/battery"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$dir/initrd"
args=${*:--test.run=.}
qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
	-nodefaults -no-user-config -display none -serial stdio -no-reboot \
	-kernel "$KERNEL" -initrd "$dir/initrd" \
	-append "console=ttyS0 panic=-1 quiet random.trust_cpu=on lsm=landlock,lockdown,yama,integrity,apparmor,bpf TESTARGS=\"$args\"" |
	tee "$dir/log"
grep -q 'v2vm: exit status 0' "$dir/log"
