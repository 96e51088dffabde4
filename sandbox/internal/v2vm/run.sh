#!/bin/sh
# Runs the sandbox package's tests and the attack battery on a kernel with cgroup v2 only, in a virtual
# machine that needs no hypervisor. Arguments go to the test binary, for
# instance -test.run=Disk. Needs: go, gcc, qemu-system-x86_64, cpio, mke2fs, a static
# busybox ($BUSYBOX) and a kernel ($KERNEL) that has NVMe and ext4 built in, for
# instance Debian's linux-image-cloud-amd64, boot/vmlinuz-*.
set -eu
PATH=$PATH:/usr/sbin:/sbin # where users have no mke2fs
: "${KERNEL:?set KERNEL to a bzImage}" "${BUSYBOX:?set BUSYBOX to a static busybox}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
here=$(dirname "$0")
mkdir -p "$root/bin" "$root/etc" "$root/newroot" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
cp "$BUSYBOX" "$root/bin/busybox"
for applet in sleep find cp true false sh mkswap swapon; do ln -s busybox "$root/bin/$applet"; done
printf 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
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
# A disk with a table of two partitions, since the kernel's limits take the number of
# the whole: 768 MiB of ext4 from 1 MiB on for /tmp, then 128 MiB for swap. An entry is
# status, three bytes nobody reads, type, three more, first sector, sectors.
truncate -s 900M "$dir/disk"
printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\0\030\0\0\0\0\0\202\0\0\0\0\010\030\0\0\0\004\0' |
	dd of="$dir/disk" bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of="$dir/disk" bs=1 seek=510 conv=notrunc status=none
mke2fs -q -F -t ext4 -E offset=1048576 "$dir/disk" 768M
args=${*:--test.run=.}
qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
	-nodefaults -no-user-config -display none -serial stdio -no-reboot \
	-drive "file=$dir/disk,if=none,id=disk,format=raw,cache=unsafe" -device nvme,drive=disk,serial=disk \
	-kernel "$KERNEL" -initrd "$dir/initrd" \
	-append "console=ttyS0 panic=-1 quiet random.trust_cpu=on lsm=landlock,lockdown,yama,integrity,apparmor,bpf TESTARGS=\"$args\"" |
	tee "$dir/log"
grep -q 'v2vm: exit status 0' "$dir/log"
