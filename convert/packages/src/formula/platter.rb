# A formula for Homebrew: copy it into a tap (Formula/platter.rb).
class Platter < Formula
  desc "Converts and inspects disk images, and takes the command lines of qemu-img"
  homepage "@home@"
  version "@version@"
  license "Apache-2.0"

  # Linux only: releases have no runtime for macOS.
  depends_on :linux

@archives@
  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"bin/platter"
    man1.install Dir[libexec/"share/man/man1/*"]
    bash_completion.install libexec/"share/bash-completion/completions/platter"
    zsh_completion.install libexec/"share/zsh/site-functions/_platter"
    fish_completion.install libexec/"share/fish/vendor_completions.d/platter.fish"
  end

  test do
    system bin/"platter", "create", "-f", "qcow2", "disk.qcow2", "1G"
    assert_match "file format: qcow2", shell_output("#{bin}/platter info disk.qcow2")
  end
end
