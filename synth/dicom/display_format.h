// SPDX-License-Identifier: Apache-2.0
/// Film sizes and image display formats: where the image boxes of a sheet are.
/// Source: DICOM PS3.3 C.13.3 (Film Size ID, Image Display Format).
#pragma once
#include <string>
#include <vector>

namespace radforge::dicom {

struct FilmSize {
    double width_mm = 0, height_mm = 0;  ///< portrait: width <= height
};

/// The standard's names, "14INX17IN", "24CMX30CM", ...
std::vector<std::string> film_size_names();
/// @throws Error when the name is unknown, listing the names
FilmSize film_size(const std::string& name);

/// "STANDARD\C,R": C columns and R rows; "ROW\R1,R2,..": rows of R1, R2, .. boxes from the top;
/// "COL\C1,C2,..": columns.
struct DisplayFormat {
    enum class Kind { Standard, Row, Column };
    Kind kind = Kind::Standard;
    std::vector<int> counts;  ///< Standard: {columns, rows}; else boxes of each row or column
    int boxes() const;
    DisplayFormat turned() const;  ///< for the sheet turned by 90 degrees: columns and rows change places
    std::string text() const;
};

/// @throws Error when the text is no display format
DisplayFormat parse_display_format(const std::string& text);

struct RectMm {
    double left_mm = 0, top_mm = 0, width_mm = 0, height_mm = 0;
};

/// Image boxes in reading order (COL: down the columns, from the left).
/// @throws Error when a box is smaller than 12 mm on a side or there are more than 255
std::vector<RectMm> place_boxes(const DisplayFormat& format, const FilmSize& size, double margin_mm,
                                double gap_mm);

}  // namespace radforge::dicom
