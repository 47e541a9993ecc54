package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What shells offer with the script that the program prints. */
@Tag("interop")
class CompletionTest {
  @TempDir Path directory;

  @BeforeEach
  void makeDisk() throws Exception {
    Files.createFile(directory.resolve("disk.raw"));
  }

  @ParameterizedTest
  @CsvSource({
    "platter conv, convert",
    "platter che, check",
    "platter convert -O qco, qcow2",
    "platter info -f vd, vdi",
    "platter info -f clo, cloop",
    "platter create -f qco, qcow2",
    "platter create -f clo, ''",
    "platter create --backing-format clo, cloop",
    "platter info --outp, --output",
    "platter check --output js, json",
    "platter convert --salv, --salvage",
    "platter completion b, bash",
    "platter manual conv, convert",
    "platter info dis, disk.raw",
    "qemu-img resi, resize",
    "qemu-img info --outp, --output",
    "qemu-img convert -O qco, qcow2",
    "qemu-img dige, ''",
    "qemu-img convert --wra, ''",
  })
  void bashCompletes(String line, String expected) throws Exception {
    String program = line.substring(0, line.indexOf(' '));
    String answer =
        run(
            "bash",
            script(program, "bash")
                + "COMP_WORDS=("
                + line
                + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_"
                + program
                + "\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
    assertEquals(List.of(expected), answer.lines().toList());
  }

  @ParameterizedTest
  @CsvSource({
    "platter conv, convert",
    "platter convert -O qco, qcow2",
    "platter convert --target-format qco, qcow2",
    "platter create -f clo, ''",
    "platter create --backing-format clo, cloop",
    "platter info --outp, --output",
    "platter check --output js, json",
    "platter completion b, bash",
    "platter info dis, disk.raw",
    "platter info -f vdi dis, disk.raw",
    "platter convert -b dis, disk.raw",
    "qemu-img resi, resize",
    "qemu-img dige, ''",
    "qemu-img convert --wra, ''",
  })
  void zshCompletes(String line, String expected) throws Exception {
    String program = line.substring(0, line.indexOf(' '));
    Path script = directory.resolve("_" + program);
    Files.writeString(script, script(program, "zsh"));
    assertEquals(List.of(expected), zsh(line, "source " + script));
  }

  /** As the distribution has it: the file is found by its name and loaded when it is needed. */
  @ParameterizedTest
  @ValueSource(strings = {"platter", "qemu-img"})
  void zshLoadsTheScriptFromItsDirectory(String program) throws Exception {
    Path functions = Files.createDirectory(directory.resolve("functions"));
    Files.writeString(functions.resolve("_" + program), script(program, "zsh"));
    assertEquals(List.of("convert"), zsh(program + " conv", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "platter conv, convert",
    "platter convert -O qco, qcow2",
    "platter convert --target-format qco, qcow2",
    "platter create -f clo, ''",
    "platter create --backing-format clo, cloop",
    "platter info --outp, --output",
    "platter check --output js, json",
    "platter completion b, bash",
    "platter info dis, disk.raw",
    "platter convert -b dis, disk.raw",
    "qemu-img resi, resize",
    "qemu-img dige, ''",
    "qemu-img convert --wra, ''",
  })
  void fishCompletes(String line, String expected) throws Exception {
    String program = line.substring(0, line.indexOf(' '));
    String answer = run("fish", script(program, "fish") + "complete -C '" + line + "'\n");
    String offered = String.join(" ", answer.lines().map(each -> each.split("\t")[0]).toList());
    assertEquals(expected, offered);
  }

  @Test
  void onlyPlatterHasIt() {
    assertNotEquals(0, Run.qemuImg("completion", "bash").exitCode());
    assertTrue(Run.platter("--help").mustWork().contains("completion"));
  }

  @Test
  void otherShellsAndProgramsAreRefused() {
    assertEquals(1, Run.platter("completion", "csh").exitCode());
    assertEquals(1, Run.platter("completion", "--program", "qemu-io", "bash").exitCode());
  }

  private static String script(String program, String shell) {
    return Run.platter("completion", "--program", program, shell).mustWork();
  }

  /** What zsh's completion would add for a line, asked in a terminal, without which it has none. */
  private List<String> zsh(String line, String first) throws Exception {
    Path inner = directory.resolve("inner");
    Files.writeString(
        inner,
        """
        PROMPT=
        fpath=(%s/functions $fpath)
        autoload -Uz compinit
        compinit -u -D
        bindkey '^I' complete-word
        unsetopt list_beep
        compadd() {
          if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
            builtin compadd "$@"
            return $?
          fi
          typeset -a hits
          builtin compadd -A hits "$@"
          for hit in $hits; do print -r -- "OFFERED $hit"; done
        }
        finished() { print -r -- "FINISHED" }
        comppostfuncs=(finished)
        %s
        print READY
        """
            .formatted(directory, first));
    String outer =
        """
        zmodload zsh/zpty
        zpty inner zsh -f -i
        zpty -w inner 'source %s'
        while zpty -r inner row && [[ $row != READY* ]]; do :; done
        zpty -w -n inner $'%s\\t'
        while zpty -r inner row; do
          print -rn -- "$row"
          [[ $row == *FINISHED* ]] && break
        done
        zpty -d inner
        """
            .formatted(inner, line);
    String answer = run("zsh", outer);
    List<String> offered =
        answer
            .lines()
            .filter(row -> row.contains("OFFERED "))
            .map(row -> row.substring(row.indexOf("OFFERED ") + 8).strip())
            .distinct()
            .toList();
    return offered.isEmpty() && answer.contains("FINISHED") ? List.of("") : offered;
  }

  private String run(String shell, String script) throws Exception {
    Path file = directory.resolve("script");
    Files.writeString(file, script);
    ExternalTool.Result result =
        ExternalTool.named("env")
            .runIn(
                directory,
                "HOME=" + directory,
                "TERM=dumb",
                ExternalTool.named(shell).program(),
                file);
    assertEquals(0, result.exitCode(), result.stderr());
    return result.stdout();
  }
}
