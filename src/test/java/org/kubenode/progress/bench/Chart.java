package org.kubenode.progress.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture of horizontal bars on a logarithmic axis, as SVG that reads on light and on dark. */
final class Chart {

    private static final int LEFT = 300;
    private static final int WIDTH = 560;
    private static final int LINE = 26;

    private final String title;
    private final String unit;
    private final double low;
    private final double high;
    private final List<String> lines = new ArrayList<>();

    /**
     * @param low the axis begins here, above 0
     * @param high and ends here
     */
    Chart(String title, String unit, double low, double high) {
        this.title = title;
        this.unit = unit;
        this.low = low;
        this.high = high;
    }

    /** A bar from one value to another, its ends written beside it. */
    void range(String label, double from, double to) {
        int y = y();
        lines.add(text(LEFT - 8, y + 5, "end", label));
        lines.add(
                "<rect x='%d' y='%d' width='%d' height='12' rx='3' fill='#2f81f7'/>"
                        .formatted(x(from), y - 6, Math.max(3, x(to) - x(from))));
        lines.add(text(x(to) + 6, y + 5, "start", number(from) + " to " + number(to)));
    }

    /** A bar from the axis to a value. */
    void bar(String label, double value) {
        int y = y();
        lines.add(text(LEFT - 8, y + 5, "end", label));
        lines.add(
                "<rect x='%d' y='%d' width='%d' height='12' rx='3' fill='#2f81f7'/>"
                        .formatted(LEFT, y - 6, Math.max(1, x(value) - LEFT)));
        lines.add(text(x(value) + 6, y + 5, "start", number(value)));
    }

    private int y() {
        return 60 + LINE * (int) lines.stream().filter(line -> line.startsWith("<rect")).count();
    }

    private int x(double value) {
        double part = Math.log(value / low) / Math.log(high / low);
        return LEFT + (int) (WIDTH * Math.min(1, Math.max(0, part)));
    }

    private static String number(double value) {
        String pattern = value < 1 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f";
        return pattern.formatted(value);
    }

    private static String text(int x, int y, String anchor, String text) {
        return "<text x='%d' y='%d' text-anchor='%s'>%s</text>"
                .formatted(x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;"));
    }

    String svg() {
        int height = y() + 20;
        StringBuilder svg = new StringBuilder();
        svg.append(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='13' fill='#6e7781'>%n"
                        .formatted(LEFT + WIDTH + 140, height));
        svg.append("<title>%s</title>%n".formatted(title));
        svg.append(text(8, 20, "start", title + ", " + unit)).append('\n');
        for (double tick = low; tick <= high * 1.001; tick *= 10) {
            svg.append(
                    "<line x1='%1$d' x2='%1$d' y1='44' y2='%2$d' stroke='#6e7781' stroke-opacity='.3'/>%n"
                            .formatted(x(tick), height - 16));
            svg.append(
                            text(
                                    x(tick),
                                    38,
                                    "middle",
                                    String.format(Locale.ROOT, "%,.10g", tick)
                                            .replaceAll("\\.?0+$", "")))
                    .append('\n');
        }
        lines.forEach(line -> svg.append(line).append('\n'));
        return svg.append("</svg>\n").toString();
    }
}
