// SPDX-License-Identifier: Apache-2.0
/// Settings as written: a TOML 1.0 file, the files it extends, and overrides from the command line.
#pragma once
#include "synth/base/span.h"
#include "synth/config/node.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::config {

/// Immutable. A file may start with `extends = ["base.toml"]`, paths relative to itself, at most 4 deep.
/// Layers are laid over each other key by key: bases in the order named, then the file, then the overrides;
/// the last one wins.
class Document {
public:
    /// @param overrides  `a.b=c` each; c is read as TOML, a bare word stands for a string
    /// @throws Error(Usage) when a file cannot be read or parsed, extends itself, or an override is malformed
    static Document from_file(const std::string& path, Span<const std::string> overrides = {});
    /// @param name  stands for the file in messages. `extends` is refused: there is no folder to start from.
    static Document from_text(const std::string& text, const std::string& name,
                              Span<const std::string> overrides = {});

    const std::vector<Node>& layers() const { return content_->layers; }       ///< tables, the last one wins
    const std::vector<std::string>& files() const { return content_->files; }  ///< read, bases first
    const std::vector<std::string>& overrides() const { return content_->overrides; }  ///< as given

private:
    struct Content {
        std::vector<Node> layers;
        std::vector<std::string> files, overrides;
    };
    explicit Document(Content content) : content_(std::make_shared<const Content>(std::move(content))) {}
    static void add_overrides(Content& content, Span<const std::string> overrides);
    static void add_file(Content& content, const std::string& path, const std::vector<std::string>& chain);

    std::shared_ptr<const Content> content_;
};

}  // namespace radforge::config
