package org.kubenode.progress.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import org.springframework.util.FileSystemUtils;

/** A folder of changed classes and files that stands before those of the build on a classpath. */
final class Mutant {

    private static final Path CLASSES = Path.of("target", "classes");

    private final Path folder;

    Mutant(String name) throws IOException {
        folder = Path.of("target", "chaos", "mutants", name);
        FileSystemUtils.deleteRecursively(folder);
        Files.createDirectories(folder);
    }

    Path folder() {
        return folder;
    }

    /**
     * Changes methods of a class, each with its advice.
     *
     * @param type name below org.kubenode.progress
     * @param methodsAndAdvice a method's name, then the advice, and so on
     */
    Mutant change(String type, Object... methodsAndAdvice) throws IOException {
        String name = "org.kubenode.progress." + type;
        ClassFileLocator classes =
                new ClassFileLocator.Compound(
                        new ClassFileLocator.ForFolder(CLASSES.toFile()),
                        ClassFileLocator.ForClassLoader.of(Mutant.class.getClassLoader()));
        TypeDescription described = TypePool.Default.of(classes).describe(name).resolve();
        var changed = new ByteBuddy().redefine(described, classes);
        for (int i = 0; i < methodsAndAdvice.length; i += 2) {
            String method = (String) methodsAndAdvice[i];
            if (described.getDeclaredMethods().filter(ElementMatchers.named(method)).isEmpty()) {
                throw new IllegalStateException("there is no " + name + "." + method);
            }
            changed =
                    changed.visit(
                            Advice.to((Class<?>) methodsAndAdvice[i + 1])
                                    .on(ElementMatchers.named(method)));
        }
        changed.make().saveIn(folder.toFile());
        return this;
    }

    /** Replaces text in a file of the classpath, where it has to be. */
    Mutant replace(String file, String text, String by) throws IOException {
        Path changed = folder.resolve(file);
        String content = Files.readString(Files.exists(changed) ? changed : CLASSES.resolve(file));
        if (!content.contains(text)) {
            throw new IllegalStateException(file + " does not say: " + text);
        }
        Files.createDirectories(changed.getParent());
        Files.writeString(changed, content.replace(text, by));
        return this;
    }
}
